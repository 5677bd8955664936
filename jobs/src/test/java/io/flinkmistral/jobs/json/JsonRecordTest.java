package io.flinkmistral.jobs.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flinkmistral.protocol.InvalidRequestException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRecordTest {
  private static String with(String record) {
    return new String(
        JsonRecord.with(
            record.getBytes(StandardCharsets.UTF_8),
            JsonRecord.empty().put("label", "a").put("n", 1)),
        StandardCharsets.UTF_8);
  }

  /** None of them is the same after a way through Java's numbers and texts. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.10",
        "1e2",
        "-0",
        "-0.0",
        "1E400",
        "0.1000000000000000055511151231257827021181583404541015625",
        "123456789012345678901234567890",
        "\"\\ud800\"",
        "\"\\u0041\\/\"",
        "\"\u00e9\ud83d\ude00, }\"",
        "[1.0, {\"b\": \"]\"}, null]",
        "{\"label\":2.50}"
      })
  void aValueStaysAsItWasWritten(String value) {
    assertThat(with("{\"x\":%s}".formatted(value)))
        .isEqualTo("{\"x\":%s,\"label\":\"a\",\"n\":1}".formatted(value));
    assertThat(with(" { \"y\" :1 , \"x\" : %s } ".formatted(value)))
        .isEqualTo("{\"y\" :1,\"x\" : %s,\"label\":\"a\",\"n\":1}".formatted(value));
  }

  @Test
  void fieldsOfTheNewOnesNamesGo() {
    assertThat(with("{\"label\":{\"n\":1},\"x\":1,\"\\u006e\":[2]}"))
        .isEqualTo("{\"x\":1,\"label\":\"a\",\"n\":1}");
    assertThat(with("{\"n\":0}")).isEqualTo("{\"label\":\"a\",\"n\":1}");
    assertThat(with("{}")).isEqualTo("{\"label\":\"a\",\"n\":1}");
  }

  /** In a file, a record is a line. */
  @Test
  void whatIsOnSeveralLinesIsOnOne() {
    assertThat(with("\ufeff{\n  \"x\": [\r\n    1,\n    \"\\n\"\n  ]\n}\n"))
        .isEqualTo("{\"x\": [      1,     \"\\n\"   ],\"label\":\"a\",\"n\":1}");
  }

  @Test
  void aColumnHasTheDigitsOfItsNumber() {
    byte[] record = "{\"a\":1.10,\"b\":[0.30]}".getBytes(StandardCharsets.UTF_8);
    assertThat(JsonRecord.columns(JsonRecord.read(record)))
        .containsEntry("a", "1.10")
        .containsEntry("b", "[0.30]");
  }

  @Test
  void whatIsNoObjectIsRefused() {
    assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> with("[1]"));
    assertThatExceptionOfType(InvalidRequestException.class)
        .isThrownBy(() -> with("{\"x\":1,\"x\":2}"));
  }
}
