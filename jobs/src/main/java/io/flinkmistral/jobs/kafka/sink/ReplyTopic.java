package io.flinkmistral.jobs.kafka.sink;

import java.util.List;

/** What is known of a topic that a request names for its answer. */
sealed interface ReplyTopic {
  /**
   * It is there.
   *
   * @param limits what it takes
   * @param led for each of its partitions, whether there is a broker that takes records
   */
  record Present(TopicLimits limits, List<Boolean> led) implements ReplyTopic {
    public Present {
      led = List.copyOf(led);
    }
  }

  /**
   * It takes nothing.
   *
   * @param reason that is
   */
  record Absent(String reason) implements ReplyTopic {}
}
