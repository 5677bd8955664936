package io.flinkmistral.jobs.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** With a certificate, nothing is said in the clear, and nobody is waited for. */
@Timeout(60)
class GatewayTlsTest {
  private static final String PASSWORD = "secret";

  @TempDir private static Path folder;
  private static Path certificate;
  private static Path key;
  private static TopicsAlone topics;
  private static Gateway gateway;
  private static HttpClient client;

  @BeforeAll
  static void start() throws Exception {
    KeyStore store = store(folder.resolve("store.p12"));
    certificate = pem("certificate", "CERTIFICATE", store.getCertificate("gateway").getEncoded());
    key = pem("key", "PRIVATE KEY", store.getKey("gateway", PASSWORD.toCharArray()).getEncoded());
    topics = TopicsAlone.start(folder);
    gateway =
        topics.gateway(
            "--gateway.tls-certificate=" + certificate,
            "--gateway.tls-key=" + key,
            "--gateway.body-timeout=300ms");
    client = HttpClient.newBuilder().sslContext(trusting(store)).build();
  }

  @AfterAll
  static void stop() {
    client.close();
    gateway.close();
    topics.close();
  }

  private static KeyStore store(Path file) throws Exception {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "gateway",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD,
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(keytool.getInputStream().readAllBytes(), UTF_8)).doesNotContain("error");
    assertThat(keytool.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private static Path pem(String name, String what, byte[] bytes) throws IOException {
    return Files.writeString(
        folder.resolve(name + ".pem"),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(what, Base64.getMimeEncoder().encodeToString(bytes), what));
  }

  private static SSLContext trusting(KeyStore store) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("gateway", store.getCertificate("gateway"));
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(gateway.address().resolve(path));
  }

  private static HttpResponse<String> sent(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aStreamComesByTls() throws Exception {
    assertThat(gateway.address().getScheme()).isEqualTo("https");
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(
            request("/v1/chat/completions")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"stream\": true, \"messages\": [{\"role\": \"user\", \"content\":"
                            + " \"tls-1\"}]}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    JsonNode request = topics.request("tls-1");
    topics.piece(request, 1, "a", "");
    topics.end(request, 2, "b");
    assertThat(answer.get().body()).contains("\"content\":\"a\"", "\"content\":\"b\"", "[DONE]");
  }

  @Test
  void onlyPagesThatCameByTlsMayCall() throws Exception {
    String own = gateway.address().toString();
    assertThat(sent(request("/v1/models").header("Origin", own)).statusCode()).isEqualTo(200);
    assertThat(
            sent(request("/v1/models").header("Origin", own.replace("https", "http"))).statusCode())
        .isEqualTo(403);
  }

  @Test
  void whoSpeaksInTheClearHearsNothingOfIt() throws Exception {
    for (String said :
        new String[] {
          "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", "", "\u0016\u0003\u0001"
        }) {
      try (Socket socket = new Socket(gateway.address().getHost(), gateway.address().getPort())) {
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(said.getBytes(UTF_8));
        byte[] heard = socket.getInputStream().readAllBytes();
        assertThat(new String(heard, UTF_8)).doesNotContain("HTTP/");
      } catch (SocketException e) {
        assertThat(e).hasMessageContaining("reset");
      }
    }
  }

  @Test
  void filesThatDoNotGoTogetherAreRefused() {
    assertThatThrownBy(() -> topics.gateway("--gateway.tls-certificate=" + certificate))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gateway.tls-key");
    assertThatThrownBy(
            () ->
                topics.gateway(
                    "--gateway.tls-certificate=" + certificate,
                    "--gateway.tls-key=" + folder.resolve("nothing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nothing");
  }
}
