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
    assertThat(RequestIds.scan(Records.of(null, value), 1000)).isEqualTo(new RequestIds("r", ""));
  }

  @Test
  void takesTheKeyWhereTheConversationCannotBeRead() {
    byte[] key = "k".getBytes(StandardCharsets.UTF_8);
    assertThat(RequestIds.scan(Records.of(key, "oops".getBytes(StandardCharsets.UTF_8)), 1000))
        .isEqualTo(new RequestIds("", "k"));
  }

  @Test
  void givesNoIdThatWasNotSent() {
    assertThat(scan("{'request_id': '\\ud800'}")).isEqualTo(NOBODY);
    assertThat(scan("['request_id', 'r']")).isEqualTo(NOBODY);
    assertThat(RequestIds.scan(Records.of(new byte[] {(byte) 0xff}, null), 1000)).isEqualTo(NOBODY);
    byte[] value = "{\"request_id\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(RequestIds.scan(Records.of(null, value), 1000)).isEqualTo(NOBODY);
  }

  @Test
  void readsANumberAsText() {
    assertThat(scan("{'request_id': 17, 'conversation_id': 1.50e2}"))
        .isEqualTo(new RequestIds("17", "1.50e2"));
  }

  @Test
  void readsIdsBehindAByteOrderMarkAndDeepNesting() {
    assertThat(scan("\ufeff{'a': " + "[".repeat(400) + "]".repeat(400) + ", 'request_id': 'r'}"))
        .isEqualTo(new RequestIds("r", ""));
  }

  @Test
  void givesNoIdThatIsLongerThanAllowed() {
    String longest = "é".repeat(RequestIds.MAX_BYTES / 2);
    byte[] key = longest.getBytes(StandardCharsets.UTF_8);
    byte[] value = "{}".getBytes(StandardCharsets.UTF_8);
    assertThat(RequestIds.scan(Records.of(key, value), 1000))
        .isEqualTo(new RequestIds("", longest));
    for (int more : new int[] {1, 2, 3, 400_000}) {
      byte[] longer = (longest + "x".repeat(more)).getBytes(StandardCharsets.UTF_8);
      assertThat(RequestIds.scan(Records.of(longer, value), 1000)).isEqualTo(NOBODY);
      String id = new String(longer, StandardCharsets.UTF_8);
      assertThat(RequestIds.scan(Records.of("{'request_id': '" + id + "', 'a': 1"), 10_000_000))
          .isEqualTo(NOBODY);
    }
  }

  @Test
  void looksNoFurtherThanItIsTold() {
    String json = "{'conversation_id': 'c', 'request_id': 'r'}";
    assertThat(RequestIds.scan(Records.of(json), json.length() - 2))
        .isEqualTo(new RequestIds("", "c"));
  }

  private static RequestIds scan(String json) {
    return RequestIds.scan(Records.of(json), 1000);
  }
}
