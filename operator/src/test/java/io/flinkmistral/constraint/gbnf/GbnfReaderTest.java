package io.flinkmistral.constraint.gbnf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.GrammarRecogniser;
import io.flinkmistral.constraint.GrammarSampler;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class GbnfReaderTest {
  private static final String FIELD = "structured_outputs.grammar";

  private static Grammar read(String grammar) {
    return GbnfReader.read(grammar, FIELD);
  }

  /** A table's row is one line. */
  private static String lines(String grammar) {
    return grammar.replace("⏎", "\r\n");
  }

  private static boolean accepts(String grammar, String text) {
    return GrammarRecogniser.accepts(read(grammar), text);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = ';',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "root ::= \"a\" \"b\";ab;true",
        "root ::= \"a\" | \"b\";b;true",
        "root ::= \"a\" | \"b\";ab;false",
        "root ::= [a-c]+;abc;true",
        "root ::= [^a-c]+;abc;false",
        "root ::= [^\\n]* \"\\n\";x;false",
        "root ::= \"\\x41\\u00e9\\U0001F600\";Aé😀;true",
        "root ::= [\\]\\[\\\\-];];true",
        "root ::= [a-];-;true",
        "root ::= .;😀;true",
        "root ::= \"a\"{2,3};aa;true",
        "root ::= \"a\"{2,3};aaaa;false",
        "root ::= \"a\"{2};aaa;false",
        "root ::= \"a\"{2,};aaaaa;true",
        "root ::= \"a\"{ 0 , 1 };;true",
        "root ::= (\"a\" | \"b\"?)* \"c\";abac;true",
        "root ::= a-b_1 # says what⏎a-b_1 ::= \"x\";x;true",
        "root ::= (⏎  \"a\"⏎  | \"b\" # or⏎)⏎;b;true",
        "root ::= \"a\" |⏎  \"b\";b;true",
        "root ::=⏎  \"a\";a;true",
        "root ::= ;;true",
        "b ::= \"(\" b \")\" | \"x\"⏎root ::= b;((x));true",
        "root ::= \"a\"  ⏎x ::= \"b\";a;true",
      })
  void syntax(String grammar, String text, boolean accepted) {
    assertThat(accepts(lines(grammar), text == null ? "" : text)).isEqualTo(accepted);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = ';',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "a ::= \"b\";no rule named root",
        "root ::= b;line 1, column 10 (b): there is no rule named b",
        "root ::= \"a;line 1, column 10 (\"a): the literal has no end",
        "root ::= [a;the class has no end",
        "root ::= [];no character",
        "root ::= [b-a];before its first",
        "root ::= (\"a\";the group has no end",
        "root ::= \"a\");cannot stand here",
        "root ::= *;nothing to repeat",
        "root ::= \"a\"**;parentheses",
        "root ::= \"a\"{3,2};below",
        "root ::= \"a\"{x};count must be",
        "root ::= \"a\"{1000000};10,000",
        "root ::= <think>;tokens are not supported",
        "root ::= \"\\q\";escape",
        "root ::= \"\\uD800\";no Unicode character",
        "root = \"a\";must begin with its name and ::=",
        "root ::= \"a\"⏎root ::= \"b\";line 2, column 1 (root ::= \"b\"): there are two rules",
        "root ::= \"a\" b ::= \"c\";line of its own",
        "root ::= \"a\" root;no text that ends",
      })
  void whatIsWrongIsRefusedWithItsPlace(String grammar, String says) {
    assertThatThrownBy(() -> read(lines(grammar)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith(FIELD + ": ")
        .hasMessageContaining(says);
  }

  /** Wherever it can be come to: before what may be nothing, or in a group. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = ';',
      value = {
        "root ::= root \"a\" | \"a\";begins with itself",
        "root ::= a \"x\"⏎a ::= b? c⏎b ::= \"y\"⏎c ::= a | \"z\";left recursion",
        "root ::= (root)* \"a\";left recursion",
      })
  void leftRecursionIsRefused(String grammar, String says) {
    assertThatThrownBy(() -> GrammarMachine.compile(read(lines(grammar)), FIELD))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith(FIELD)
        .hasMessageContaining(says);
  }

  @Test
  void whatLeadsNowhereIsLeftOut() {
    Grammar grammar = read("root ::= \"a\" | b | \"c\" b?\nb ::= \"b\" b\nunused ::= \"u\"");
    assertThat(grammar.rules()).containsOnlyKeys("root");
    assertThat(GrammarRecogniser.accepts(grammar, "c")).isTrue();
  }

  @Test
  void whatIsDrawnIsAccepted() {
    Grammar grammar =
        read(
            """
            # a small language of sums
            root  ::= sum ("=" number)?
            sum   ::= term ([-+] term)*
            term  ::= number | "(" sum ")"
            number ::= [1-9] [0-9]{0,3} | "0"
            """);
    GrammarSampler sampler = new GrammarSampler(grammar, 3);
    for (int i = 0; i < 500; i++) {
      String text = sampler.draw(30);
      assertThat(GrammarRecogniser.accepts(grammar, text)).as(text).isTrue();
      assertThat(GrammarRecogniser.accepts(grammar, text + "!")).isFalse();
    }
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.SECONDS)
  void hostileGrammarsAreRefused() {
    assertThatThrownBy(() -> read("root ::= " + "(".repeat(100_000)))
        .hasMessageContaining("nest deeper than 100");
    assertThatThrownBy(() -> read("root ::= \"a\"" + "|\"a\"".repeat(1_000_000)))
        .hasMessageContaining("at most 262,144 are allowed");
    StringBuilder chain = new StringBuilder("root ::= r0\n");
    for (int i = 0; i < 12_000; i++) {
      chain.append("r").append(i).append("::=r").append(i + 1).append('\n');
    }
    assertThat(read(chain + "r12000::=\"x\"").rules()).hasSize(12_002);
    Grammar circle = read(chain + "r12000::=r0|\"x\"");
    assertThatThrownBy(() -> GrammarMachine.compile(circle, FIELD))
        .hasMessageContaining("left recursion");
    assertThatThrownBy(() -> read(chain + "r12000::=r0")).hasMessageContaining("without end");
  }
}
