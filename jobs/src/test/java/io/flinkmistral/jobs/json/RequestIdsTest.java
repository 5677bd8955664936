package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestIdsTest {
  private static final RequestIds NOBODY = new RequestIds("", "");

  @Test
  void readsIdsOfARecordThatIsCutShort() {
    assertThat(scan("{'request_id': 'r', 'conversation_id': 'c', 'messages': [{'role"))
        .isEqualTo(new RequestIds("r", "c"));
  }

  @Test
  void readsIdsBehindOtherFields() {
    assertThat(scan("{'messages': [{'request_id': 'inner'}], 'request_id': 'r', oops"))
        .isEqualTo(new RequestIds("r", ""));
  }

  @Test
  void readsIdsBesideBytesThatAreNoUtf8() {
    byte[] value =
        "{\"request_id\": \"r\", \"text\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(RequestIds.scan(Records.of(null, value))).isEqualTo(new RequestIds("r", ""));
  }

  @Test
  void takesTheKeyWhereTheConversationCannotBeRead() {
    byte[] key = "k".getBytes(StandardCharsets.UTF_8);
    assertThat(RequestIds.scan(Records.of(key, "oops".getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(new RequestIds("", "k"));
  }

  @Test
  void givesNoIdThatWasNotSent() {
    assertThat(scan("{'request_id': 17}")).isEqualTo(NOBODY);
    assertThat(scan("{'request_id': '\\ud800'}")).isEqualTo(NOBODY);
    assertThat(scan("['request_id', 'r']")).isEqualTo(NOBODY);
    assertThat(RequestIds.scan(Records.of(new byte[] {(byte) 0xff}, null))).isEqualTo(NOBODY);
    byte[] value = "{\"request_id\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(RequestIds.scan(Records.of(null, value))).isEqualTo(NOBODY);
  }

  private static RequestIds scan(String json) {
    return RequestIds.scan(Records.of(json));
  }
}
