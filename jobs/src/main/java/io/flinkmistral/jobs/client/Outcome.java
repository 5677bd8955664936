package io.flinkmistral.jobs.client;

/** What comes back from the job. */
public sealed interface Outcome {
  /**
   * A completion or an error.
   *
   * @param conversationId empty where nobody could tell
   * @param json the record's value, one line
   */
  record Answer(String conversationId, String requestId, String json) implements Outcome {}

  /**
   * A streamed piece of an answer.
   *
   * @param index rises within a request; a replay repeats pieces with their indexes
   * @param last whether the answer ends with it
   */
  record Token(String requestId, int index, String text, boolean last) implements Outcome {}

  /**
   * A record that was set aside.
   *
   * @param partition of the prompts topic, where it stands
   * @param offset of the prompts topic, where it stands
   * @param message why
   */
  record DeadLetter(int partition, long offset, String message) implements Outcome {}
}
