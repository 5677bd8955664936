package io.flinkmistral.jobs.gateway;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.gateway.GatewayClient.Reply;
import io.flinkmistral.jobs.json.OpenAiTypes;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gateway refuses: nothing of it comes to the topics, and nothing hangs. */
@Timeout(60)
class GatewayHttpTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String HI = "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]";

  @TempDir private static Path folder;
  private static TopicsAlone topics;
  private static Gateway gateway;
  private static GatewayClient client;

  @BeforeAll
  static void start() throws Exception {
    topics = TopicsAlone.start(folder);
    gateway =
        topics.gateway(
            "--request.max-bytes=2000",
            "--gateway.body-timeout=300ms",
            "--gateway.models=mistral;mistralai/Mistral 7B");
    client = new GatewayClient(gateway.address());
  }

  /** Whatever the tests have sent. */
  @AfterAll
  static void stop() {
    try {
      assertThat(topics.prompts()).isEmpty();
    } finally {
      gateway.close();
      topics.close();
    }
  }

  private static void assertError(Reply reply, int status, String code) {
    assertThat(reply.status()).as(reply.json().toString()).isEqualTo(status);
    assertThat(reply.json().at("/error/code").asString()).isEqualTo(code);
    assertThat(reply.json().at("/error/message").asString()).isNotEmpty();
    assertThat(OpenAiTypes.errors(reply.json())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "no JSON | ",
        "[] | ",
        "{} | messages",
        "{\"messages\": 7} | messages",
        "{\"messages\": [{\"role\": \"robot\", \"content\": \"Hi\"}]} | messages[0].role",
        "{%s, \"temprature\": 1} | temprature",
        "{%s, \"n\": 17} | n",
        "{%s, \"stream\": 1} | stream",
        "{%s, \"stream_options\": {\"include_usage\": true}} | stream_options",
        "{%s, \"stream\": true, \"stream_options\": {\"else\": true}} | stream_options.else",
        "{%s, \"request_id\": \"r\"} | request_id",
        "{%s, \"conversation_id\": \"c\"} | conversation_id",
        "{%s, \"conversation\": \"\"} | conversation",
        "{%s, \"conversation\": 7} | conversation",
        "{%s, \"conversation\": {}} | conversation.id",
        "{%s, \"conversation\": {\"id\": null}} | conversation.id",
        "{%s, \"conversation\": {\"id\": \"\"}} | conversation",
        "{%s, \"conversation\": {\"id\": \"c\", \"turn\": 1}} | conversation.turn",
        "{%s, \"prompt\": \"Hi\"} | prompt",
        "{%s, \"tools\": [{\"type\": \"function\"}]} | tools[0].function",
        "{%s, \"model\": 7} | model",
        "{%s, \"cancel\": \"r-1\"} | cancel",
      })
  void aBodyThatIsNoRequestIsRefusedByItsField(String body, String field) {
    Reply reply = client.chat(body.replace("%s", HI));
    assertError(reply, 400, "invalid_request");
    assertThat(reply.json().at("/error/param").asString("")).isEqualTo(field == null ? "" : field);
  }

  static List<byte[]> brokenBodies() {
    return List.of(
        new byte[0],
        new byte[] {0},
        "null".getBytes(UTF_8),
        "\"text\"".getBytes(UTF_8),
        ("{" + HI).getBytes(UTF_8),
        ("{" + HI + "} {}").getBytes(UTF_8),
        ("{" + HI + ", " + HI + "}").getBytes(UTF_8),
        ("{" + HI + "}").getBytes(UTF_16),
        "{\"messages\": \"\\ud800\"}".getBytes(UTF_8),
        new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe, '"', ':', '1', '}'},
        new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0},
        ("{\"messages\": " + "[".repeat(1_900)).getBytes(UTF_8),
        ("{\"a\":".repeat(300) + "1" + "}".repeat(300)).getBytes(UTF_8),
        ("{\"temperature\": 1" + "0".repeat(1_500) + ", " + HI + "}").getBytes(UTF_8),
        "{\"temperature\": 1e999999999}".getBytes(UTF_8),
        "------x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1".getBytes(UTF_8));
  }

  @ParameterizedTest
  @MethodSource("brokenBodies")
  void whateverIsNoBodyIsRefused(byte[] body) throws Exception {
    for (String path : List.of(CHAT, "/v1/completions")) {
      Reply reply = client.bytes(path, body);
      assertThat(reply.status()).as(reply.json().toString()).isEqualTo(400);
      assertThat(OpenAiTypes.errors(reply.json())).isEmpty();
    }
  }

  @Test
  void anotherModelIsNotFound() {
    assertError(client.chat("{\"model\": \"gpt-5\", " + HI + "}"), 404, "model_not_found");
    assertError(client.get("/v1/models/gpt-5"), 404, "model_not_found");
    assertThat(client.get("/v1/models").json().at("/data/0/id").asString()).isEqualTo("mistral");
    assertThat(client.get("/v1/models/mistral").json().path("object").asString())
        .isEqualTo("model");
  }

  @Test
  void aNameInAPathIsDecoded() {
    assertThat(client.get("/v1/models/mistralai%2FMistral%207B").json().path("id").asString())
        .isEqualTo("mistralai/Mistral 7B");
    assertThat(client.get("/v1/models/mistralai/Mistral%207B").json().path("id").asString())
        .isEqualTo("mistralai/Mistral 7B");
    assertError(client.get("/v1/models/a+b"), 404, "model_not_found");
    assertError(client.chat("{" + HI + "}", "X-Conversation-Id", "c%zz"), 400, "invalid_request");
  }

  @Test
  void whatIsNotHereIsSaidToBeNotHere() {
    for (String path :
        List.of(
            "/v1/embeddings",
            "/v1/files",
            "/v1/batches",
            "/v1/responses/compact",
            "/v1/assistants/a-1")) {
      assertError(client.send("POST", path), 501, "not_implemented");
    }
    assertError(client.get(CHAT), 501, "not_implemented");
    assertError(client.send("DELETE", CHAT + "/chatcmpl-1"), 501, "not_implemented");
    assertError(client.get("/v1/nothing"), 404, "unknown_url");
    assertError(client.send("POST", "/v1/conversations"), 501, "not_implemented");
    assertError(client.get("/v1/conversations/c-1/items"), 501, "not_implemented");
    assertError(client.get("/index.html"), 404, "unknown_url");
    assertError(client.send("POST", "/"), 405, "method_not_allowed");
    assertError(client.get("/v1/completions"), 405, "method_not_allowed");
    assertError(client.send("POST", "/v1/models"), 405, "method_not_allowed");
  }

  @Test
  void theBrokerIsWhatHealthIsAbout() {
    Reply reply = client.get("/health");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().path("status").asString()).isEqualTo("ok");
  }

  @Test
  void aLongBodyIsRefusedWhetherOrNotItSaysHowLongItIs() throws Exception {
    String body = "{\"messages\": \"" + "x".repeat(3000) + "\"}";
    assertError(client.chat(body), 413, "request_too_large");
    assertThat(
            client.raw(
                "POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n"
                    .formatted(CHAT, body.length(), body)))
        .startsWith("HTTP/1.1 413 ")
        .contains("request_too_large");
    assertThat(
            client.raw(
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
                    .formatted(CHAT)))
        .startsWith("HTTP/1.1 413 ");
  }

  @Test
  void aRequestThatDoesNotComeToItsEndIsNotWaitedFor() throws Exception {
    assertThat(client.raw("")).isEmpty();
    assertThat(client.raw("POST /v1/chat")).isEmpty();
    assertThat(
            client.raw(
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{"
                    .formatted(CHAT)))
        .startsWith("HTTP/1.1 408 ")
        .contains("request_timeout");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HELLO\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -4\r\n\r\n",
        "POST /v1/completions HTTP/1.1\r\n"
            + "Host: localhost\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "zz\r\n",
      })
  void whatIsNoHttpIsAnsweredAndLeft(String bytes) throws Exception {
    assertThat(client.raw(bytes)).matches("(?s)(HTTP/\\S+ [45]\\d\\d .*)?");
  }

  @Test
  void aHeaderHasItsBounds() throws Exception {
    assertThat(
            client.raw(
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n"
                    .formatted("x".repeat(20_000))))
        .startsWith("HTTP/1.1 4");
    assertError(
        client.chat("{" + HI + "}", "Idempotency-Key", "k".repeat(300)), 400, "invalid_request");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example:%d\r\n",
        "Host: localhost:%d\r\nOrigin: https://evil.example\r\n",
        "Host: localhost:%d\r\nOrigin: null\r\n",
        "Host: localhost:%d\r\nSec-Fetch-Site: cross-site\r\n",
        "Host: evil.example:%d\r\nOrigin: http://evil.example:%d\r\n",
      })
  void otherPagesAreRefused(String headers) throws Exception {
    String request =
        "POST %s HTTP/1.1\r\n%sContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n{%s}"
            .formatted(
                CHAT,
                headers.replace("%d", Integer.toString(gateway.address().getPort())),
                HI.length() + 2,
                HI);
    assertThat(client.raw(request))
        .startsWith("HTTP/1.1 403 ")
        .contains("origin_not_allowed")
        .doesNotContainIgnoringCase("access-control-allow");
  }

  @Test
  void aKeyIsAskedForWhereThereIsAFileOfThem() throws Exception {
    Path keys = Files.writeString(folder.resolve("keys"), "# keys\n\nalice " + hash("sk-1") + "\n");
    try (Gateway guarded = topics.gateway("--gateway.api-keys=" + keys)) {
      GatewayClient asking = new GatewayClient(guarded.address());
      assertError(asking.get("/v1/models"), 401, "invalid_api_key");
      assertError(asking.chat("{" + HI + "}"), 401, "invalid_api_key");
      assertError(asking.get("/v1/models", "Authorization", "Bearer sk-2"), 401, "invalid_api_key");
      assertThat(asking.get("/v1/models", "Authorization", "Bearer sk-1").status()).isEqualTo(200);
      assertThat(asking.get("/health").status()).isEqualTo(200);
      Files.writeString(keys, "bob " + hash("sk-2") + "\n");
      Files.setLastModifiedTime(keys, FileTime.fromMillis(1));
      assertError(asking.get("/v1/models", "Authorization", "Bearer sk-1"), 401, "invalid_api_key");
      Files.writeString(keys, "nonsense");
      Files.setLastModifiedTime(keys, FileTime.fromMillis(2));
      assertThat(asking.get("/v1/models", "Authorization", "Bearer sk-2").status()).isEqualTo(200);
    }
  }

  private static String hash(String key) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8)));
  }

  @Test
  void thePageMayAskItsOwnServerAlone() throws Exception {
    for (String path : List.of("/", "/page.js", "/page.css")) {
      assertThat(
              client.raw(
                  "GET %s HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: none\r\nConnection: close\r\n\r\n"
                      .formatted(path)))
          .startsWith("HTTP/1.1 200 ")
          .containsIgnoringCase("content-security-policy: default-src 'none'; script-src 'self'")
          .doesNotContain("https://", "innerHTML");
    }
  }

  @Test
  void whoAsksTooOftenIsToldWhenToComeAgain() throws Exception {
    try (Gateway limited = topics.gateway("--gateway.requests-per-minute=2")) {
      GatewayClient asking = new GatewayClient(limited.address());
      assertError(asking.chat("{}"), 400, "invalid_request");
      assertError(asking.chat("{}"), 400, "invalid_request");
      Reply third = asking.chat("{}");
      assertError(third, 429, "rate_limit_exceeded");
      assertThat(Integer.parseInt(third.header("retry-after"))).isBetween(1, 31);
    }
  }

  @Test
  void otherMachinesAreLetInWithKeysOrBySayingSo() throws Exception {
    assertThatThrownBy(() -> topics.gateway("--gateway.address=0.0.0.0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gateway.api-keys")
        .hasMessageContaining("gateway.open");
    try (Gateway open = topics.gateway("--gateway.address=0.0.0.0", "--gateway.open=true")) {
      URI here = URI.create("http://127.0.0.1:" + open.address().getPort());
      GatewayClient asking = new GatewayClient(here);
      assertThat(asking.get("/v1/models").status()).isEqualTo(200);
      assertThat(
              asking.raw(
                  "GET /v1/models HTTP/1.1\r\n"
                      + "Host: elsewhere.example\r\n"
                      + "Connection: close\r\n\r\n"))
          .as("names that were resolved to this machine")
          .startsWith("HTTP/1.1 403 ");
    }
  }
}
