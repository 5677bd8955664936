package io.flinkmistral.jobs.gateway.dialogue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which conversations of the job hold which dialogues, so that a dialogue that goes on finds its
 * keys and values again. It is known from what was answered, here or by other gateways, and may be
 * forgotten: a request brings its whole dialogue, so another conversation gives the same answer,
 * and takes longer. One that is taken is nobody else's until its next answer.
 */
public final class Dialogues {
  private final int most;
  private final Map<DialogueHash, Deque<String>> idle = new LinkedHashMap<>();
  private int size;

  /**
   * @param most conversations that are remembered; those that have waited longest are forgotten
   */
  public Dialogues(int most) {
    this.most = most;
  }

  /** A conversation that holds the dialogue, and that nobody else will take. */
  public synchronized Optional<String> take(DialogueHash dialogue) {
    Deque<String> conversations = idle.get(dialogue);
    if (conversations == null) {
      return Optional.empty();
    }
    String conversation = conversations.removeLast();
    size--;
    if (conversations.isEmpty()) {
      idle.remove(dialogue);
    }
    return Optional.of(conversation);
  }

  /** The conversation holds the dialogue now. */
  public synchronized void put(DialogueHash dialogue, String conversation) {
    Deque<String> conversations = idle.computeIfAbsent(dialogue, _ -> new ArrayDeque<>());
    conversations.addLast(conversation);
    size++;
    while (size > most) {
      take(idle.keySet().iterator().next());
    }
  }

  synchronized int size() {
    return size;
  }
}
