package io.flinkmistral.jobs.gateway.dialogue;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * Which conversations of the job hold which dialogues, so that a dialogue that goes on finds its
 * keys and values again. It is known from what was answered, here or by other gateways, and may be
 * forgotten: a request brings its whole dialogue, so another conversation gives the same answer,
 * and takes longer. One that is taken is nobody else's until its next answer, and so is one in
 * which another gateway's request is seen to be answered.
 */
public final class Dialogues {
  private final int most;
  private final SequencedMap<DialogueHash, SequencedSet<String>> idle = new LinkedHashMap<>();
  private final Map<String, Last> lasts = new HashMap<>();

  /** What a conversation that nobody has taken ends with. */
  private record Last(DialogueHash dialogue, String request) {}

  /**
   * A conversation that was taken.
   *
   * @param request the last one that it has answered
   */
  public record Claim(DialogueHash dialogue, String conversation, String request) {}

  /**
   * @param most conversations that are remembered; those that have waited longest are forgotten
   */
  public Dialogues(int most) {
    this.most = most;
  }

  /** A conversation that holds the dialogue, and that nobody else will take. */
  public synchronized Optional<Claim> take(DialogueHash dialogue) {
    SequencedSet<String> conversations = idle.get(dialogue);
    if (conversations == null) {
      return Optional.empty();
    }
    String conversation = conversations.getLast();
    Claim claim = new Claim(dialogue, conversation, lasts.get(conversation).request());
    forget(conversation);
    return Optional.of(claim);
  }

  /** A conversation that was taken and has not gone on is there again. */
  public void putBack(Claim claim) {
    put(claim.dialogue(), claim.conversation(), claim.request());
  }

  /**
   * The conversation holds the dialogue now.
   *
   * @param request the last one that it has answered
   */
  public synchronized void put(DialogueHash dialogue, String conversation, String request) {
    forget(conversation);
    idle.computeIfAbsent(dialogue, _ -> new LinkedHashSet<>()).addLast(conversation);
    lasts.put(conversation, new Last(dialogue, request));
    while (lasts.size() > most) {
      forget(idle.firstEntry().getValue().getFirst());
    }
  }

  /** Whether it is one that somebody may take. */
  public synchronized boolean isIdle(String conversation) {
    return lasts.containsKey(conversation);
  }

  /** A piece of an answer was seen. If it is of another request, the conversation has gone on. */
  public synchronized void answers(String conversation, String request) {
    Last last = lasts.get(conversation);
    if (last != null && !last.request().equals(request)) {
      forget(conversation);
    }
  }

  private void forget(String conversation) {
    Last last = lasts.remove(conversation);
    if (last != null) {
      SequencedSet<String> conversations = idle.get(last.dialogue());
      conversations.remove(conversation);
      if (conversations.isEmpty()) {
        idle.remove(last.dialogue());
      }
    }
  }

  synchronized int size() {
    return lasts.size();
  }
}
