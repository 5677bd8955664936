package io.flinkmistral.jobs.kafka;

import java.util.OptionalInt;

/**
 * Where an answer is to go.
 *
 * @param partition absent: that of the answer's key
 */
public record ReplyAddress(String topic, OptionalInt partition) {}
