package io.flinkmistral.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpacedJsonTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "{\"a\":1,\"b\":[1,2,{\"c\":null}]}|{\"a\": 1, \"b\": [1, 2, {\"c\": null}]}",
        "' [ ] '|[]",
        "{}|{}",
        "[[],{},[[]]]|[[], {}, [[]]]",
        "{\"b\":{},\"a\":[]}|{\"b\": {}, \"a\": []}",
        "[true,false,null]|[true, false, null]",
        "' 17 '|17",
        "\"x\"|\"x\"",
      })
  void spacesAreAfterCommasAndColonsOnly(String json, String spaced) {
    assertThat(SpacedJson.of(json)).contains(spaced);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1.50", "1E5", "1e+05", "-0", "-0.0", "123456789012345678901234567890", "0.1e-7"})
  void numbersKeepTheirSpelling(String number) {
    assertThat(SpacedJson.of(number)).contains(number);
    assertThat(SpacedJson.of("[" + number + "," + number + "]"))
        .contains("[" + number + ", " + number + "]");
  }

  @Test
  void onlyWhatMustBeEscapedIsEscaped() {
    assertThat(SpacedJson.of("[\"gr\\u00f6\\u00dfe \\/ \\u4e16 \\ud83d\\ude42 \\u007f\"]"))
        .contains("[\"größe / 世 🙂 \u007f\"]");
    assertThat(SpacedJson.of("{\"\\u00e9\\n\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"}"))
        .contains("{\"é\\n\": \"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"}");
    assertThat(SpacedJson.quoted("a\"b\\c\u0000é")).isEqualTo("\"a\\\"b\\\\c\\u0000é\"");
  }

  @Test
  void textsInsideKeepTheirSpaces() {
    assertThat(SpacedJson.of("{\"a,b\":\"c:d,e\"}")).contains("{\"a,b\": \"c:d,e\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "sunny",
        "1 2",
        "{} {}",
        "[1,]",
        "{\"a\"}",
        "{'a': 1}",
        "[1",
        "]",
        "NaN",
        "01",
        "+1",
        "// c\n1",
        "\"a",
        "\"\n\"",
        "{\"a\":1,}",
        "nul",
        "1.",
        ".5",
        "[1}"
      })
  void whatIsNotOneJsonValueIsNone(String text) {
    assertThat(SpacedJson.of(text)).isEmpty();
  }
}
