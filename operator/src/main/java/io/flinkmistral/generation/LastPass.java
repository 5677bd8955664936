package io.flinkmistral.generation;

import io.flinkmistral.constraint.tokens.HeldText;

/**
 * What of an answer its last pass gave: a token, and those that had to follow it. It is not in
 * state, since it follows from the tokens and what they are held to.
 */
final class LastPass {
  private LastPass() {}

  /**
   * Which token was the first one of the last pass. To ask whether a token had to follow is what
   * takes time: only the last ones are asked for, in steps, until one that did not have to.
   *
   * @param form what the answer is held to
   * @param answer its tokens, at least one
   * @param most tokens of a pass
   */
  static int begin(HeldText form, int[] answer, int most) {
    int end = answer.length;
    while (true) {
      int from = Math.max(0, end - most);
      HeldText text = form.again();
      int drawn = from == 0 ? 0 : -1;
      for (int i = 0; i < end; i++) {
        if (i > 0 && i >= from && text.forced().isEmpty()) {
          drawn = i;
        }
        text.accept(answer[i]);
      }
      if (drawn >= 0) {
        // From there on all had to follow, and each pass but the last was full.
        return drawn + (answer.length - 1 - drawn) / most * most;
      }
      end = from;
    }
  }
}
