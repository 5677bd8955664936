package io.flinkmistral.jobs.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromptLineTest {
  @Test
  void givesARequestWithoutIdOne() {
    PromptLine line = line("{\"conversation_id\": \"ö\"}");
    assertThat(line.requestId()).isEqualTo("line-7");
    assertThat(line.key()).isEqualTo("ö".getBytes(UTF_8));
    assertThat(new String(line.value(), UTF_8))
        .isEqualTo("{\"conversation_id\":\"ö\",\"request_id\":\"line-7\"}");
  }

  @Test
  void sendsAForkAfterTheRequestsOfItsSource() {
    assertThat(line("{\"conversation_id\": \"c-4~b\"}").key()).isEqualTo("c-4".getBytes(UTF_8));
  }

  @Test
  void sendsARequestWithItsOwnIdAsItIs() {
    String json = "{ \"request_id\": \"r\" }";
    PromptLine line = line(json);
    assertThat(line.requestId()).isEqualTo("r");
    assertThat(line.key()).isNull();
    assertThat(new String(line.value(), UTF_8)).isEqualTo(json);
  }

  @Test
  void sendsWhatIsNoRequestAsItIs() {
    for (String bad : new String[] {"oops", "[1]", "{\"request_id\": [5]}", "{\"a\": 1} x"}) {
      PromptLine line = line(bad);
      assertThat(line.requestId()).isEmpty();
      assertThat(new String(line.value(), UTF_8)).isEqualTo(bad);
    }
  }

  @Test
  void awaitsTheErrorOfARequestWhoseIdIsANumber() {
    assertThat(line("{\"request_id\": 5}").requestId()).isEqualTo("5");
  }

  private static PromptLine line(String text) {
    return PromptLine.of(text.getBytes(UTF_8), "line-7");
  }
}
