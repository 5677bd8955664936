package io.flinkmistral.operator.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flinkmistral.operator.options.WrittenList.Item;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Lists as options have them. */
@Timeout(60)
class WrittenListTest {
  private static final int LISTS = 3_000;

  /** All signs that mean something, and some that do not. */
  private static final List<String> SIGNS =
      List.of(
          ";", ",", ":", "'", "\"", "''", "[", "]", "{", "}", "\\", " ", "\n", "\t", "a", "b", "0",
          "ß", "😀", "\u2028", "-", "#");

  private static final List<String> SPACES = List.of("", " ", "\n ");

  private final SplittableRandom random = new SplittableRandom(7);

  /** Whatever a list has in it. */
  @Test
  void whatIsWrittenByTheRuleIsReadBack() {
    for (int i = 0; i < LISTS; i++) {
      List<String> texts = texts();
      char separator = pick(List.of(';', ','));
      String written = written(texts, separator, text -> text);
      assertThat(list(written, separator).texts()).as(written).isEqualTo(texts);
      assertThat(list(written, separator).entries()).as(written).isEqualTo(texts);
      assertThat(list(written, separator).described().stream().map(Item::name))
          .as(written)
          .isEqualTo(texts);
      String json = JsonMapper.shared().writeValueAsString(texts);
      assertThat(list(json, separator).texts()).isEqualTo(texts);
    }
  }

  @Test
  void namesHaveTypesAndDescriptions() {
    for (int i = 0; i < LISTS; i++) {
      List<String> names = texts();
      assertThat(
              WrittenList.of("o", written(names, ';', name -> name + " : a \"b\", c: d "))
                  .described())
          .containsExactlyElementsOf(items(names, "", "a \"b\", c: d"));
      assertThat(WrittenList.of("o", written(names, ';', name -> name + " number: e")).typed())
          .containsExactlyElementsOf(items(names, "number", "e"));
      assertThat(WrittenList.of("o", written(names, ';', name -> name + ": 0.5")).entries())
          .containsExactlyElementsOf(names.stream().map(name -> name + ": 0.5").toList());
    }
  }

  private static List<Item> items(List<String> names, String type, String description) {
    return names.stream().map(name -> new Item(name, type, description)).toList();
  }

  /** So who knows Flink's lists knows these. */
  @Test
  void aListWithSemicolonsIsOneOfFlinks() {
    var option = ConfigOptions.key("o").stringType().asList().noDefaultValue();
    for (int i = 0; i < LISTS; i++) {
      List<String> texts = Stream.concat(Stream.of("; a"), texts().stream()).toList();
      String written = written(texts, ';', text -> text);
      Configuration flink = new Configuration();
      flink.setString("o", written);
      assertThat(flink.get(option)).as(written).isEqualTo(texts);
    }
  }

  @Test
  void withoutQuotesSpacesAroundATextDoNotCount() {
    assertThat(WrittenList.of("o", " a b ;c,d: e; it's ").texts())
        .containsExactly("a b", "c,d: e", "it's");
    assertThat(WrittenList.withCommas("o", " a b , c: d").texts()).containsExactly("a b", "c: d");
    assertThat(WrittenList.withCommas("o", "a: b, c; d").described())
        .containsExactly(new Item("a", "", "b, c"), new Item("d", "", ""));
    assertThat(WrittenList.withCommas("o", "a, \"b;c\", 'd'").texts())
        .containsExactly("a", "b;c", "d");
    assertThat(WrittenList.of("o", "a Number: b c; d").typed())
        .containsExactly(new Item("a", "Number", "b c"), new Item("d", "", ""));
    assertThat(WrittenList.of("o", "").texts()).isEmpty();
    assertThat(WrittenList.of("o", "''").texts()).containsExactly("");
  }

  @Test
  void anObjectHasDescriptions() {
    assertThat(WrittenList.withCommas("o", "{\"a; b\": \"c, d\", \"e\": \"\"}").described())
        .containsExactly(new Item("a; b", "", "c, d"), new Item("e", "", ""));
    assertThat(WrittenList.of("o", "{\"pii\": \"0.8\"}").entries()).containsExactly("pii:0.8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'a            | option o has a quote at character 1 that does not end
          a; "b         | option o has a quote at character 4 that does not end
          a;  'it''s;b  | option o has a quote at character 5 that does not end
          'a'b;c        | option o has "b" behind the quote at character 3: quotes stand around all
          a;"b" 'c'     | option o has "'c'" behind the quote at character 5: quotes stand around all
          a;;b          | option o has nothing at character 3, where a text should stand
          a;            | option o has nothing at character 3, where a text should stand
          ` `           | option o has nothing at character 2, where a text should stand
          [END]         | option o is no JSON: Unrecognized token 'END'
          [1]           | option o must have texts, but has 1
          """)
  void whatIsWrittenOtherwiseIsRefused(String text, String message) {
    for (Function<WrittenList, Object> reading :
        List.<Function<WrittenList, Object>>of(
            WrittenList::texts, WrittenList::described, WrittenList::entries)) {
      assertThatExceptionOfType(InvalidRequestException.class)
          .isThrownBy(() -> reading.apply(WrittenList.of("o", text)))
          .withMessageStartingWith(message);
    }
  }

  /** Of a list that is right, all but its last quote. */
  @ParameterizedTest
  @ValueSource(chars = {'\'', '"'})
  void aBrokenQuoteIsRefusedWithItsPlace(char quote) {
    for (int i = 0; i < LISTS; i++) {
      List<String> before = texts();
      String begin = written(before, ';', text -> text) + ";";
      String text = text().replace(String.valueOf(quote), "");
      assertThatExceptionOfType(InvalidRequestException.class)
          .isThrownBy(() -> WrittenList.of("o", begin + quote + text).texts())
          .withMessage(
              "option o has a quote at character %d that does not end", begin.length() + 1);
    }
  }

  private static WrittenList list(String text, char separator) {
    return separator == ';' ? WrittenList.of("o", text) : WrittenList.withCommas("o", text);
  }

  private List<String> texts() {
    return IntStream.rangeClosed(1, random.nextInt(1, 5)).mapToObj(_ -> text()).toList();
  }

  private String text() {
    return IntStream.rangeClosed(1, random.nextInt(1, 6))
        .mapToObj(_ -> pick(SIGNS))
        .collect(Collectors.joining());
  }

  private String written(List<String> texts, char separator, Function<String, String> more) {
    return texts.stream()
        .map(text -> pick(SPACES) + more.apply(quoted(text)) + pick(SPACES))
        .collect(Collectors.joining(String.valueOf(separator)));
  }

  /** In quotes of one kind or the other, or in none where it needs none. */
  private String quoted(String text) {
    BinaryOperator<String> in = (q, t) -> q + t.replace(q, q + q) + q;
    return switch (random.nextInt(text.matches("[ab0ß😀#-]+") ? 3 : 2)) {
      case 0 -> in.apply("'", text);
      case 1 -> in.apply("\"", text);
      default -> text;
    };
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
