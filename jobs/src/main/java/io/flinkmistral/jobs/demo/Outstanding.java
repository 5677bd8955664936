package io.flinkmistral.jobs.demo;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The prompts that have been sent and not been answered. One that has an id waits for the answer of
 * that id; one that has none can only come back as a dead letter, and is known by its place.
 */
final class Outstanding {
  private final Map<Request, Integer> lines = new HashMap<>();
  private final Set<Request> answers = new HashSet<>();
  private final Map<Place, Integer> letters = new HashMap<>();
  private boolean ended;
  private int unanswered;

  /** What the job knows a request by: in a conversation, an id is answered once. */
  record Request(String conversationId, String requestId) {}

  private record Place(int partition, long offset) {}

  /**
   * Waits for the answer of a request that is sent now.
   *
   * @param line of the input
   * @return 0, or the line that had the same request; then nothing more is waited for, since the
   *     job answers it once
   */
  synchronized int awaitAnswer(Request request, int line) {
    Integer earlier = lines.putIfAbsent(request, line);
    if (earlier != null) {
      return earlier;
    }
    answers.add(request);
    return 0;
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
  synchronized boolean answered(Request request) {
    return answers.remove(request);
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

  /** How many lines are waited for. */
  synchronized int size() {
    return answers.size() + letters.size();
  }

  synchronized int unanswered() {
    return unanswered;
  }
}
