package io.flinkmistral.jobs.gateway.openai;

import io.flinkmistral.template.ToolCallReader;

/**
 * The text of an answer that may call tools. Calls come as their text first, and only the last
 * piece says that they are some: so what may be the beginning of a list of calls, {@code [{}, is
 * held back until that is known.
 */
final class ToolText {
  private final boolean mayCall;
  private final StringBuilder held = new StringBuilder();

  /**
   * @param mayCall whether the request has tools
   */
  ToolText(boolean mayCall) {
    this.mayCall = mayCall;
  }

  /** What of the text can go out now. */
  String accept(String text) {
    if (!mayCall) {
      return text;
    }
    held.append(text);
    int end = begin(held);
    String free = held.substring(0, end);
    held.delete(0, end);
    return free;
  }

  /** Where a list of calls may begin; the length where it may not. */
  private static int begin(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '[' && mayBeCalls(text, i + 1)) {
        return i;
      }
    }
    return text.length();
  }

  private static boolean mayBeCalls(CharSequence text, int from) {
    int i = from;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i == text.length() || text.charAt(i) == '{';
  }

  /**
   * What is left at the end.
   *
   * @param calls whether the answer is calls, which are told otherwise
   */
  String end(boolean calls) {
    String rest = held.toString();
    held.setLength(0);
    return calls ? rest.substring(0, list(rest)) : rest;
  }

  /** Where the list begins that the text ends with, or of which it has the beginning alone. */
  private static int list(String text) {
    for (int i = text.indexOf('['); i >= 0; i = text.indexOf('[', i + 1)) {
      if (!ToolCallReader.read(text.substring(i)).isEmpty()) {
        return i;
      }
    }
    return begin(text);
  }
}
