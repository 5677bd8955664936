package io.flinkmistral.jobs.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of a gateway. */
record GatewayClient(URI address) {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** A response and its body. */
  record Reply(int status, JsonNode json, HttpResponse<?> response) {
    String content() {
      return json.at("/choices/0/message/content").asString();
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  Reply post(String path, String json, String... headers) {
    return reply(request(path, headers).POST(HttpRequest.BodyPublishers.ofString(json)).build());
  }

  Reply bytes(String path, byte[] body) {
    return reply(request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build());
  }

  Reply chat(String json, String... headers) {
    return post("/v1/chat/completions", json, headers);
  }

  Reply get(String path, String... headers) {
    return reply(request(path, headers).build());
  }

  Reply send(String method, String path) {
    return reply(request(path).method(method, HttpRequest.BodyPublishers.noBody()).build());
  }

  /** The events of a stream, each as its JSON, without the last one, which must be the end. */
  List<JsonNode> stream(String path, String json, String... headers) {
    HttpResponse<Stream<String>> response =
        sent(
            request(path, headers).POST(HttpRequest.BodyPublishers.ofString(json)).build(),
            BodyHandlers.ofLines());
    List<String> data =
        response
            .body()
            .filter(line -> line.startsWith("data: "))
            .map(line -> line.substring("data: ".length()))
            .toList();
    if (!data.getLast().equals("[DONE]")) {
      throw new AssertionError("not ended: " + data.getLast());
    }
    return data.subList(0, data.size() - 1).stream().map(MAPPER::readTree).toList();
  }

  /** The events of a stream that ends by itself, each as its JSON. */
  List<JsonNode> events(String path, String json, String... headers) {
    return sent(
            request(path, headers).POST(HttpRequest.BodyPublishers.ofString(json)).build(),
            BodyHandlers.ofLines())
        .body()
        .filter(line -> line.startsWith("data: "))
        .map(line -> MAPPER.readTree(line.substring("data: ".length())))
        .toList();
  }

  /** The response as it comes. */
  InputStream open(String path, String json, String... headers) {
    return sent(
            request(path, headers).POST(HttpRequest.BodyPublishers.ofString(json)).build(),
            BodyHandlers.ofInputStream())
        .body();
  }

  /** What the server says to bytes, until it closes the connection. */
  String raw(String request) throws IOException {
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path)).timeout(PATIENCE);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return request;
  }

  private static Reply reply(HttpRequest request) {
    HttpResponse<String> response = sent(request, BodyHandlers.ofString());
    return new Reply(response.statusCode(), MAPPER.readTree(response.body()), response);
  }

  private static <T> HttpResponse<T> sent(HttpRequest request, HttpResponse.BodyHandler<T> body) {
    try {
      return HTTP.send(request, body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
