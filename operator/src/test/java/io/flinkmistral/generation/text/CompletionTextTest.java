package io.flinkmistral.generation.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceTokenizer;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CompletionTextTest {
  /** Token id = code point, for the characters 'a' to 'z'. */
  private static final Tokenizer LETTERS = letters();

  /** The first byte of a character of two. */
  private static final int LEAD_BYTE = 3;

  /** Stands before calls of tools, and is no text. */
  private static final int MARK = 4;

  @Test
  void textBeforeAStopIsHandedOutAndTheStopIsNot() {
    CompletionText text = text("abc");
    assertThat(feed(text, "xxabcyy")).containsExactly("x", "x", "", "", "");
    assertThat(text.text()).isEqualTo("xx");
  }

  @Test
  void whatTurnsOutToBeNoStopIsHandedOutLater() {
    CompletionText text = text("abc");
    assertThat(feed(text, "ababd")).containsExactly("", "", "ab", "", "abd");
  }

  @Test
  void whatIsHeldBackComesOutWhenTheAnswerEnds() {
    CompletionText text = text("abc");
    feed(text, "xab");
    text.finish();
    assertThat(text.handOut(true)).isEqualTo("ab");
  }

  @Test
  void aCharacterThatIsNotCompleteAtTheEndIsReplaced() {
    CompletionText text = text("abc");
    text.accept('x', true);
    text.accept(LEAD_BYTE, true);
    assertThat(text.handOut(false)).isEqualTo("x");
    text.finish();
    assertThat(text.handOut(true)).isEqualTo("\ufffd");
  }

  @Test
  void callsBeginAtTheFirstMark() {
    CompletionText text = new CompletionText(LETTERS.newDecoder(), List.of(), OptionalInt.of(MARK));
    text.accept(MARK, true);
    text.accept('a', true);
    text.accept(MARK, true);
    assertThat(text.beforeCalls()).isEmpty();
    assertThat(text.calls()).contains("a");
  }

  @Test
  void aStopTextCountsOnlyWhereItBeginsLateEnough() {
    CompletionText text = text("abc");
    StringBuilder pieces = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      assertThat(text.accept("xabc".charAt(i), i > 1)).isFalse();
      pieces.append(text.handOut(false));
    }
    assertThat(pieces).hasToString("xabc");
    assertThat(feed(text, "abcy")).containsExactly("", "", "");
    assertThat(text.text()).isEqualTo("xabc");
  }

  @Test
  void theFirstOfSeveralStopsWins() {
    CompletionText text = text("cd", "bcde");
    feed(text, "abcd");
    assertThat(text.text()).isEqualTo("ab");
  }

  @Test
  void handedOutPiecesAreTheTextCutBeforeTheFirstStop() {
    Random random = new Random(23);
    for (int round = 0; round < 2000; round++) {
      String all = randomText(random, 1 + random.nextInt(20));
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        stops.add(randomText(random, 1 + random.nextInt(4)));
      }
      int cut =
          stops.stream().mapToInt(all::indexOf).filter(i -> i >= 0).min().orElse(all.length());
      CompletionText text = text(stops.toArray(String[]::new));
      StringBuilder pieces = new StringBuilder();
      feed(text, all).forEach(pieces::append);
      text.finish();
      pieces.append(text.handOut(true));
      // A stop is found as soon as it is complete, so an earlier one that overlaps may end later.
      assertThat(text.text()).isEqualTo(pieces.toString());
      assertThat(all).startsWith(text.text());
      if (stops.size() < 2) {
        assertThat(text.text()).as("%s stopped by %s", all, stops).isEqualTo(all.substring(0, cut));
      }
    }
  }

  private static List<String> feed(CompletionText text, String letters) {
    List<String> pieces = new ArrayList<>();
    for (int i = 0; i < letters.length(); i++) {
      boolean stopped = text.accept(letters.charAt(i), true);
      pieces.add(text.handOut(false));
      if (stopped) {
        break;
      }
    }
    return pieces;
  }

  private static CompletionText text(String... stops) {
    return new CompletionText(LETTERS.newDecoder(), List.of(stops), OptionalInt.empty());
  }

  private static String randomText(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }

  private static Tokenizer letters() {
    List<String> pieces = new ArrayList<>();
    for (int i = 0; i < 128; i++) {
      pieces.add(i >= 'a' && i <= 'z' ? String.valueOf((char) i) : "<" + i + ">");
    }
    pieces.set(LEAD_BYTE, "<0xC3>");
    List<PieceType> types = new ArrayList<>(Collections.nCopies(128, PieceType.NORMAL));
    types.set(LEAD_BYTE, PieceType.BYTE);
    types.set(MARK, PieceType.CONTROL);
    return new SentencePieceTokenizer(
        new SentencePieceVocabulary(pieces, new float[128], types, 1, 2, 0, false));
  }
}
