package io.flinkmistral.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/**
 * Sends requests in waves, one for each moment in which answers are to be under way, so that it
 * does not matter how fast those before were written.
 */
final class Waves {
  private final ChatTopics topics;
  private final List<? extends StreamedRequest> requests;
  private final int size;
  private final int seenPieces;
  private int next;
  private int sent;

  /**
   * @param size of a wave
   * @param pieces of all answers
   */
  Waves(ChatTopics topics, List<? extends StreamedRequest> requests, int size, int pieces) {
    this.topics = topics;
    this.requests = requests;
    this.size = size;
    this.seenPieces = pieces * size / requests.size() / 4;
  }

  /** Sends something that is answered with an error. */
  void sendHostile(byte[] key, byte[] value) {
    topics.send(key, value);
    sent++;
  }

  /**
   * Sends a wave and waits until the job's attempt has written some answers and is writing others.
   * On a slow host that may pass unseen: then another wave goes after it.
   */
  void awaitMidAnswer(RunningJob job) throws Exception {
    boolean seenMidway;
    do {
      assertThat(next).as("requests sent, and no answer seen midway").isLessThan(requests.size());
      send(requests.subList(next, Math.min(next + size, requests.size())));
      topics.await("an answer midway", job, seen -> isMidAnswer(seen) || isAnswered(seen));
      seenMidway = isMidAnswer(topics.seen());
    } while (!seenMidway);
  }

  private boolean isMidAnswer(Transcript seen) {
    return seen.writtenPieces() >= seenPieces && !seen.midway().isEmpty();
  }

  private boolean isAnswered(Transcript seen) {
    return seen.completions() >= sent;
  }

  /** Sends what is left and waits until everything is answered. */
  void awaitAllAnswers(RunningJob job) throws Exception {
    send(requests.subList(next, requests.size()));
    topics.await("all answers", job, this::isAnswered);
  }

  private void send(List<? extends StreamedRequest> wave) {
    topics.send(wave);
    next += wave.size();
    sent += wave.size();
  }
}
