package io.flinkmistral.jobs.local.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a web page of somebody else may have a browser send to Flink's server on this machine. */
public record HostilePage(String host, int port) {
  private static final String MULTIPART =
      """
      --x\r
      Content-Disposition: form-data; name="jarfile"; filename="evil.jar"\r
      Content-Type: application/x-java-archive\r
      \r
      bytes\r
      --x--\r
      """;

  /** Checks that nothing of it is taken, and that the server answers its own page. */
  public void isRefused() throws IOException {
    String own = host + ":" + port;
    String foreign = "Origin: https://evil.example\r\n";
    for (String path : List.of("/jars/upload", "/v1/jars/upload", "/jobs", "/v1/jobs")) {
      assertThat(post(own, path, foreign)).startsWith("HTTP/1.1 403 ");
      assertThat(post(own, path, "Origin: null\r\n")).startsWith("HTTP/1.1 403 ");
      assertThat(post(own, path, "Sec-Fetch-Site: cross-site\r\n")).startsWith("HTTP/1.1 403 ");
      assertThat(post("evil.example:" + port, path, "Origin: http://evil.example:" + port + "\r\n"))
          .startsWith("HTTP/1.1 403 ");
    }
    assertThat(get(own, "/overview", foreign)).startsWith("HTTP/1.1 403 ");
    assertThat(get("evil.example:" + port, "/overview", "")).startsWith("HTTP/1.1 403 ");
    assertThat(send("OPTIONS", own, "/jobs", foreign, "")).startsWith("HTTP/1.1 403 ");

    assertThat(post(own, "/jars/upload", ""))
        .as("upload of jars by a program")
        .startsWith("HTTP/1.1 400 ")
        .contains("POST request not allowed");
    assertThat(get(own, "/overview", "Sec-Fetch-Site: same-origin\r\n"))
        .startsWith("HTTP/1.1 200 ")
        .doesNotContain("access-control-allow-origin: *");
  }

  private String get(String hostHeader, String path, String headers) throws IOException {
    return send("GET", hostHeader, path, headers, "");
  }

  private String post(String hostHeader, String path, String headers) throws IOException {
    return send(
        "POST",
        hostHeader,
        path,
        headers + "Content-Type: multipart/form-data; boundary=x\r\n",
        MULTIPART);
  }

  /** By hand, since Java's client does not let a program choose these headers. */
  private String send(String method, String hostHeader, String path, String headers, String body)
      throws IOException {
    String request =
        "%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            .formatted(method, path, hostHeader, headers, body.length(), body);
    try (Socket socket = new Socket(host, port)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
