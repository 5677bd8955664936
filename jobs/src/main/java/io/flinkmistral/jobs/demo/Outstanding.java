package io.flinkmistral.jobs.demo;

import java.util.HashMap;
import java.util.Map;

/**
 * The prompts that have been sent and not been answered. One that has an id waits for the answer of
 * that id; one that has none can only come back as a dead letter, and is known by its place.
 */
final class Outstanding {
  private final Map<String, Integer> answers = new HashMap<>();
  private final Map<Place, Integer> letters = new HashMap<>();
  private boolean ended;
  private int unanswered;

  private record Place(int partition, long offset) {}

  synchronized void awaitAnswer(String requestId) {
    answers.merge(requestId, 1, Integer::sum);
  }

  /**
   * @param line of the input, for messages
   */
  synchronized void awaitLetter(int partition, long offset, int line) {
    letters.put(new Place(partition, offset), line);
  }

  /** No prompt comes any more. */
  synchronized void end() {
    ended = true;
  }

  /** Whether somebody waited for this answer. */
  synchronized boolean answered(String requestId) {
    Integer waiting = answers.get(requestId);
    if (waiting == null) {
      return false;
    }
    answers.computeIfPresent(requestId, (id, count) -> count == 1 ? null : count - 1);
    return true;
  }

  /**
   * @return the line of the prompt that will never be answered; 0 if it is another one's
   */
  synchronized int setAside(int partition, long offset) {
    Integer line = letters.remove(new Place(partition, offset));
    if (line == null) {
      return 0;
    }
    unanswered++;
    return line;
  }

  synchronized boolean isDone() {
    return ended && answers.isEmpty() && letters.isEmpty();
  }

  synchronized int unanswered() {
    return unanswered;
  }
}
