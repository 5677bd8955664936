package io.flinkmistral.constraint.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.GrammarRecogniser;
import io.flinkmistral.constraint.GrammarSampler;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.automaton.Automaton;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class RegularExpressionsTest {
  private static final int DEPTH = 2;
  private static final Place PLACE = Place.of("structured_outputs.regex");

  private static Automaton whole(String pattern) {
    return RegularExpressions.whole(pattern, new Effort(), PLACE);
  }

  private static Automaton anywhere(String pattern) {
    return RegularExpressions.anywhere(pattern, new Effort(), PLACE);
  }

  private static Grammar grammar(String pattern) {
    return RegularExpressions.grammar(pattern, PLACE.parameter());
  }

  /** Java's own engine is the oracle. */
  @Test
  void randomPatternsMatchWhatJavaMatches() {
    Random random = new Random(7);
    int matches = 0;
    for (int i = 0; i < 1000; i++) {
      String pattern = pattern(random, DEPTH);
      Pattern oracle = Pattern.compile(pattern);
      Automaton whole = whole(pattern);
      Automaton anywhere = anywhere(pattern);
      for (int j = 0; j < 20; j++) {
        String text = text(random);
        boolean matchesWhole = oracle.matcher(text).matches();
        assertThat(whole.accepts(text)).as("%s whole %s", pattern, text).isEqualTo(matchesWhole);
        assertThat(anywhere.accepts(text))
            .as("%s in %s", pattern, text)
            .isEqualTo(oracle.matcher(text).find());
        matches += matchesWhole ? 1 : 0;
      }
    }
    assertThat(matches).isGreaterThan(500);
  }

  /** What is drawn from the grammar of a pattern matches, and what matches is of the grammar. */
  @Test
  void grammarsAreTheTextsOfTheirPatterns() {
    Random random = new Random(8);
    for (int i = 0; i < 200; i++) {
      String pattern = pattern(random, DEPTH);
      Pattern oracle = Pattern.compile(pattern);
      if (whole(pattern).isEmpty()) {
        assertThatThrownBy(() -> grammar(pattern)).hasMessageContaining("no text matches");
        continue;
      }
      Grammar grammar = grammar(pattern);
      GrammarSampler sampler = new GrammarSampler(grammar, i);
      for (int j = 0; j < 20; j++) {
        String drawn = sampler.draw(10);
        assertThat(oracle.matcher(drawn).matches()).as("%s draws %s", pattern, drawn).isTrue();
        String text = text(random);
        assertThat(GrammarRecogniser.accepts(grammar, text))
            .as("%s and %s", pattern, text)
            .isEqualTo(oracle.matcher(text).matches());
      }
    }
  }

  private static String pattern(Random random, int depth) {
    StringBuilder pattern = new StringBuilder();
    int parts = random.nextInt(4);
    for (int i = 0; i < parts; i++) {
      pattern.append(atom(random, depth)).append(quantifier(random));
    }
    // Java leaves out what an anchor in a repeated group allows, so anchors are outermost.
    if (depth == DEPTH && random.nextInt(6) == 0) {
      pattern.insert(0, '^');
    }
    if (depth == DEPTH && random.nextInt(6) == 0) {
      pattern.append('$');
    }
    return pattern.toString();
  }

  private static String atom(Random random, int depth) {
    String[] simple = {
      "a",
      "b",
      "é",
      "😀",
      "[ab]",
      "[^a]",
      "[a-cé]",
      ".",
      "\\d",
      "\\w",
      "\\s",
      "[^\\s]",
      "\\.",
      "[\\d.]",
      "\\u0061",
      "\\x62",
      "\\p{L}",
      "\\P{Lu}",
      "\\p{Lu}",
      "[\\p{Nd}-]",
      "[a\\-c]"
    };
    if (depth == 0 || random.nextInt(3) > 0) {
      return simple[random.nextInt(simple.length)];
    }
    String open = random.nextBoolean() ? "(" : "(?:";
    String inner = pattern(random, depth - 1);
    return random.nextBoolean()
        ? open + inner + "|" + pattern(random, depth - 1) + ")"
        : open + inner + ")";
  }

  private static String quantifier(Random random) {
    String[] all = {"", "", "", "", "*", "+", "?", "*?", "{2}", "{1,}", "{0,2}", "{1,3}?"};
    return all[random.nextInt(all.length)];
  }

  private static String text(Random random) {
    String[] characters = {"a", "b", "c", "a", "b", "é", "😀", "1", ".", "-", "Z", "_", " "};
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(6);
    for (int i = 0; i < length; i++) {
      text.append(characters[random.nextInt(characters.length)]);
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "a|bc bc true",
        "^a$|b xb false",
        "(^a|b)+ ab true",
        "(^a|b)+ ba false",
        "a^b ab false",
        "a$b ab false",
        "\\u{1F600}+ 😀😀 true",
        "\\uD83D\\uDE00 😀 true",
        "[\\u{1F600}-\\u{1F610}] 😁 true",
        ". 😀 true",
        "a{2,3} a false",
        "x{a} x{a} true",
        "x{,2} x{,2} true",
        "\\cJ x false",
        "[\\w-]+ a-b true",
        "[^]+ ab true",
        "[]-] ] false",
        "(?<year>\\d{4}) 2026 true",
        "\\/\\- /- true",
        "\\p{Script=Greek}+ π true",
        "\\p{sc=Greek} p false",
        "\\p{gc=Lu} É true",
        "\\p{Letter}\\p{Nd} π7 true",
        "\\s \u00a0 false",
        "\\S \u00a0 false",
        "[^\\s] \u00a0 false",
        "[^\\S] \u00a0 false",
        "[^\\s] a true",
        "\\w é false",
        "\\W é false",
        "[^\\w] é false",
        "[^\\W] é false",
        "\\W - true",
        "\\d ٣ false",
        "\\D ٣ false",
        "[\\D] ٣ false",
        ". \u0085 false",
      })
  void syntax(String pattern, String text, boolean matches) {
    assertThat(whole(pattern).accepts(text)).isEqualTo(matches);
  }

  @Test
  void lookAheadIsReadWhereThePatternBegins() {
    Automaton notBlank = anywhere("^(?!\\s*$).+");
    assertThat(notBlank.accepts(" a ")).isTrue();
    assertThat(notBlank.accepts("  ")).isFalse();
    assertThat(notBlank.accepts("\u00a0")).as("a space of some dialect").isFalse();
    Automaton password = anywhere("^(?=.*\\d)(?=.*[a-z])(?!.*  )[a-z0-9 ]{4,}$");
    assertThat(password.accepts("ab 12")).isTrue();
    assertThat(password.accepts("abcde")).isFalse();
    assertThat(password.accepts("ab  12")).isFalse();
    assertThat(password.accepts("a1")).isFalse();
    assertThat(whole("(?!no)[a-z]+").accepts("now")).isFalse();
    assertThat(whole("(?!no)[a-z]+").accepts("an")).isTrue();
    assertThatThrownBy(() -> anywhere("(?!no)[a-z]+")).hasMessageContaining("behind ^");
    assertThatThrownBy(() -> anywhere("^(?!a)b|c")).hasMessageContaining("into a group");
  }

  @Test
  void patternsMatchAnywhereUnlessAnchored() {
    assertThat(anywhere("b+").accepts("abbc")).isTrue();
    assertThat(anywhere("^b").accepts("abbc")).isFalse();
    assertThat(anywhere("b$|^a").accepts("abbc")).isTrue();
    assertThat(anywhere("^$").accepts("")).isTrue();
    assertThat(anywhere("^$").accepts("a")).isFalse();
    assertThat(anywhere("").accepts("a")).isTrue();
    assertThat(anywhere("$^").accepts("")).isTrue();
    assertThat(anywhere(".").accepts("\n")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "x(?=a) look-ahead",
        "x(?!a) look-ahead",
        "(?<=a)x look-behind",
        "(?<!a)x look-behind",
        "(a)\\1 back",
        "(?<n>a)\\k<n> back",
        "a*+ possessive",
        "(?>a) atomic",
        "(?i)a only",
        "\\bfoo boundaries",
        "a\\B boundaries",
        "\\Afoo anchor",
        "[[:alpha:]] brackets",
        "a** follow",
        "*a repeat",
        "a|+ repeat",
        "^* anchor",
        "(a end",
        "a) close",
        "[a end",
        "[b-a] before",
        "[a-\\d] range",
        "a{3,2} below",
        "a{20000} 10,000",
        "\\y known",
        "\\p{Nonsense} property",
        "\\xZZ hexadecimal",
        "\\u{110000} 10FFFF",
        "\\uD800 surrogate",
        "\\01 octal",
        "a\\ behind",
      })
  void whatIsNotSupportedIsRefusedByName(String pattern, String says) {
    assertThatThrownBy(() -> whole(pattern))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("structured_outputs.regex: the pattern at character ")
        .hasMessageContaining(says);
  }

  /** Each would take for ever, or all memory, if it were not counted. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a|b)*a(a|b){30}",
        "((a{1000}){1000}){1000}",
        "(((){9999}){9999}){9999}",
        "(a?){9999}a{9999}",
        "(\\p{L}|\\p{Lu}.{9})*x.{40}",
      })
  @Timeout(value = 5, unit = TimeUnit.SECONDS)
  void hostilePatternsAreRefused(String pattern) {
    assertThatThrownBy(() -> grammar(pattern))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageMatching(
            "structured_outputs.regex: .*(more than [\\d,]+ (states|steps|transitions)).*");
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.SECONDS)
  void longAndDeepPatternsAreRefused() {
    assertThatThrownBy(() -> grammar("(".repeat(50_000)))
        .hasMessageContaining("nest deeper than 100");
    assertThatThrownBy(() -> grammar("a".repeat(1_000_000))).hasMessageContaining("at most 65,536");
    assertThatThrownBy(() -> grammar("a|".repeat(30_000))).hasMessageContaining("16,000 states");
    StringBuilder ranges = new StringBuilder();
    for (int i = 0; i < 9_000; i++) {
      ranges
          .append("[")
          .appendCodePoint(0x4e00 + i)
          .append("-")
          .appendCodePoint(0x8000 + i)
          .append("]");
    }
    String scripts =
        Arrays.stream(Character.UnicodeScript.values())
            .map("\\p{Script=%s}"::formatted)
            .collect(Collectors.joining("|"));
    assertThatThrownBy(() -> grammar(scripts)).hasMessageContaining("steps of work");
    assertThatThrownBy(() -> grammar(ranges.toString())).hasMessageContaining("more than");
    assertThatThrownBy(() -> grammar("[^\\s\\S]")).hasMessageContaining("no text matches");
  }
}
