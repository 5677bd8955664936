package io.flinkmistral.jobs.kafka.sink;

import java.util.Optional;

/**
 * Where a record goes.
 *
 * @param topic with what it takes
 * @param partition null for that of the record's key
 * @param elsewhere why it does not go where its request wants it; empty where it does
 */
record Destination(TopicLimits topic, Integer partition, Optional<String> elsewhere) {
  static Destination of(TopicLimits topic) {
    return new Destination(topic, null, Optional.empty());
  }
}
