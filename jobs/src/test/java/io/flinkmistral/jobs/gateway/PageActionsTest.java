package io.flinkmistral.jobs.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.gateway.GatewayClient.Reply;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may kill a TaskManager, and look at the topics. */
@Timeout(60)
class PageActionsTest {
  private static final String KILL = "/page/kill-taskmanager";
  private static final String TOKEN = "X-Page-Token";

  @TempDir private static Path folder;
  private static TopicsAlone topics;

  @BeforeAll
  static void start() throws Exception {
    topics = TopicsAlone.start(folder);
  }

  @AfterAll
  static void stop() {
    topics.close();
  }

  private static Gateway gateway(String... options) throws Exception {
    return Gateway.start(topics.options(options), Optional.of(() -> "taskmanager-1"));
  }

  @Test
  void aTaskManagerIsKilledByWhoHasTheTokenOfThePage() throws Exception {
    try (Gateway gateway = gateway()) {
      GatewayClient client = new GatewayClient(gateway.address());
      Reply session = client.get("/page/session");
      assertThat(session.json().get("kills").asBoolean()).isTrue();
      String token = session.json().get("token").asString();
      assertThat(client.post(KILL, "{}", TOKEN, token).json().get("killed").asString())
          .isEqualTo("taskmanager-1");
      assertThat(client.post(KILL, "{}").status()).isEqualTo(403);
      assertThat(client.post(KILL, "{}", TOKEN, token + "0").status()).isEqualTo(403);
      for (String path : new String[] {"/page/session", KILL}) {
        assertThat(client.get(path, "Origin", "https://evil.example").status()).isEqualTo(403);
      }
    }
  }

  @Test
  void whoHasAKeyIsNotTheOnlyOneAndKillsNothing() throws Exception {
    String hash =
        HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest("sk-1".getBytes(UTF_8)));
    Path keys = Files.writeString(folder.resolve("keys"), "alice " + hash + "\n");
    try (Gateway gateway = gateway("--gateway.api-keys=" + keys)) {
      GatewayClient client = new GatewayClient(gateway.address());
      assertThat(client.get("/page/session").status()).isEqualTo(401);
      assertKillsNothing(client, "Authorization", "Bearer sk-1");
    }
  }

  @Test
  void whereOtherMachinesGetInWithoutKeysNothingIsShownOrKilled() throws Exception {
    try (Gateway gateway = gateway("--gateway.address=0.0.0.0", "--gateway.open=true")) {
      GatewayClient client =
          new GatewayClient(URI.create("http://127.0.0.1:" + gateway.address().getPort()));
      assertKillsNothing(client);
      assertThat(client.get("/page/topics").json().at("/error/code").asString())
          .isEqualTo("topics_not_shown");
    }
  }

  private static void assertKillsNothing(GatewayClient client, String... headers) {
    Reply session = client.get("/page/session", headers);
    assertThat(session.json().get("kills").asBoolean()).isFalse();
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = TOKEN;
    all[headers.length + 1] = session.json().get("token").asString();
    assertThat(client.post(KILL, "{}", all).json().at("/error/code").asString())
        .isEqualTo("no_local_processes");
  }
}
