package io.flinkmistral.generation.text;

import io.flinkmistral.tokenizer.TokenStreamDecoder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The text of an answer as its tokens come in, cut off before the first stop text.
 *
 * <p>Text that could be the beginning of a stop text is held back until it is known not to be one.
 * So what was handed out once never has to be taken back, and depends on the tokens alone.
 */
public final class CompletionText {
  private final TokenStreamDecoder decoder;
  private final List<String> stops;
  private final int longestStop;
  private final OptionalInt toolCallsId;
  private final StringBuilder text = new StringBuilder();
  private int handedOut;
  private boolean stopped;

  /** Where the first stop text may begin. */
  private int stopsFrom;

  /** Where in the text the first mark of tool calls stands, or -1. */
  private int callsFrom = -1;

  /**
   * @param toolCallsId token that stands before calls of tools
   */
  public CompletionText(TokenStreamDecoder decoder, List<String> stops, OptionalInt toolCallsId) {
    this.toolCallsId = toolCallsId;
    this.decoder = decoder;
    this.stops = stops;
    this.longestStop = stops.stream().mapToInt(String::length).max().orElse(0);
  }

  /**
   * Takes in the next token; whether the text has now been stopped.
   *
   * @param mayStop whether a stop text counts that begins with this token's text
   */
  public boolean accept(int token, boolean mayStop) {
    String piece = decoder.accept(token);
    if (mayStop) {
      append(piece);
    } else {
      text.append(piece);
      stopsFrom = text.length();
    }
    if (callsFrom < 0 && toolCallsId.isPresent() && token == toolCallsId.getAsInt()) {
      callsFrom = text.length();
    }
    return stopped;
  }

  /** No token follows: characters that are not complete become U+FFFD. */
  public void finish() {
    append(decoder.finish());
  }

  /** The text that has become certain since the last call; all the rest if {@code last}. */
  public String handOut(boolean last) {
    int end = last || stopped ? text.length() : text.length() - possibleStop();
    String piece = text.substring(handedOut, end);
    handedOut = end;
    return piece;
  }

  /** The whole text so far. */
  public String text() {
    return text.toString();
  }

  /** The whole text is calls, without a mark. */
  public void takeAsCalls() {
    callsFrom = 0;
  }

  /** What stands before the mark of tool calls; the whole text where there is no mark. */
  public String beforeCalls() {
    return hasCalls() ? text.substring(0, callsFrom) : text();
  }

  /** What stands after the mark of tool calls. */
  public Optional<String> calls() {
    return hasCalls() ? Optional.of(text.substring(callsFrom)) : Optional.empty();
  }

  /** Not where a stop text began before the mark. */
  private boolean hasCalls() {
    return callsFrom >= 0 && callsFrom <= text.length();
  }

  private void append(String piece) {
    if (stopped || piece.isEmpty()) {
      return;
    }
    int from = Math.max(stopsFrom, text.length() - longestStop + 1);
    text.append(piece);
    int first = Integer.MAX_VALUE;
    for (String stop : stops) {
      int found = text.indexOf(stop, from);
      if (found >= 0) {
        first = Math.min(first, found);
      }
    }
    if (first != Integer.MAX_VALUE) {
      text.setLength(first);
      stopped = true;
    }
  }

  /** Length of the longest end of the text that a stop text begins with. */
  private int possibleStop() {
    int longest = Math.min(longestStop - 1, text.length() - Math.max(handedOut, stopsFrom));
    for (int length = longest; length > 0; length--) {
      String end = text.substring(text.length() - length);
      if (stops.stream().anyMatch(stop -> stop.startsWith(end))) {
        return length;
      }
    }
    return 0;
  }
}
