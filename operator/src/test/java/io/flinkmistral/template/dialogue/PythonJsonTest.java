package io.flinkmistral.template.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tokenizer.sentencepiece.Goldens;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class PythonJsonTest {
  /**
   * Texts, and what {@code json.dumps(json.loads(text), ensure_ascii=False)} of Python 3.11 makes
   * of them; null where it refuses them.
   */
  @Test
  void textsComeOutAsPythonWritesThem() {
    JsonNode goldens = Goldens.read("python_json.json");
    assertThat(goldens.size()).isGreaterThan(200);
    for (JsonNode golden : goldens) {
      String json = golden.get("json").stringValue();
      assertThat(rewritten(json))
          .as(json)
          .isEqualTo(Optional.ofNullable(golden.get("python").stringValue(null)));
    }
  }

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
        "{\"a,b\":\"c:d,e\"}|{\"a,b\": \"c:d,e\"}",
        "{\"a\":1,\"b\":2,\"\\u0061\":3}|{\"a\": 3, \"b\": 2}",
      })
  void spacesAreAfterCommasAndColonsOnlyAndTheLastOfEqualNamesCounts(String json, String python) {
    assertThat(rewritten(json)).contains(python);
  }

  @Test
  void everyNumberIsReadBackAsItself() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      double number = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(number)) {
        String python = rewritten(Double.toString(number)).orElseThrow();
        assertThat(Double.parseDouble(python)).isEqualTo(number);
        assertThat(python).doesNotContain("E").matches("-?[0-9]+(\\.[0-9]+)?(e[+-][0-9]{2,3})?");
      }
    }
  }

  @Test
  void onlyWhatMustBeEscapedIsEscaped() {
    assertThat(rewritten("[\"gr\\u00f6\\u00dfe \\/ \\u4e16 \\ud83d\\ude42 \\u007f\"]"))
        .contains("[\"größe / 世 🙂 \u007f\"]");
    assertThat(rewritten("{\"\\u00e9\\n\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"}"))
        .contains("{\"é\\n\": \"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"}");
    assertThat(PythonJson.write(new PythonJson.Text("a\"b\\c\u0000é")))
        .isEqualTo("\"a\\\"b\\\\c\\u0000é\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "sunny", "{} {}", "]", "// c\n1", "\"a", "nul", "[1}", "[", "{\"a\":"})
  void whatIsNotOneJsonValueIsNone(String text) {
    assertThat(rewritten(text)).isEmpty();
  }

  @Test
  void whatNoReaderTakesIsNone() {
    for (String text :
        List.of("[".repeat(100_000), "{\"a\":".repeat(100_000), "9".repeat(100_000))) {
      assertThat(rewritten(text)).isEmpty();
    }
    String deep = "[".repeat(500) + "]".repeat(500);
    assertThat(rewritten(deep)).contains(deep);
  }

  private static Optional<String> rewritten(String json) {
    return PythonJson.read(json).map(PythonJson::write);
  }
}
