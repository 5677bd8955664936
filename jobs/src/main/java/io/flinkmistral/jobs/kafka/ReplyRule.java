package io.flinkmistral.jobs.kafka;

import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.CopiedHeaders;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.common.internals.Topic;

/**
 * Which topics requests may name for their answers, as Spring's request and reply does it: header
 * {@code kafka_replyTopic} is the topic's name in UTF-8, {@code kafka_replyPartition} a partition
 * as four bytes, the greatest first. Of several headers of one name the last counts.
 *
 * <p>Whoever may write requests has the job write for them. So a topic must be allowed by an
 * option, and none that the job itself reads or keeps for records of another kind can be: an answer
 * in the topic of prompts would be refused, and its refusal be answered there again. Nor can
 * Kafka's own.
 */
public final class ReplyRule implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String KAFKAS_OWN = "__";

  private final Pattern allowed;
  private final String[] taken;

  /**
   * @param allowed null for none
   * @param taken topics that no answer may name
   */
  ReplyRule(String allowed, String... taken) {
    this.allowed = allowed == null ? null : Pattern.compile(allowed);
    this.taken = taken;
  }

  /** The rule of a job with these options. */
  public static ReplyRule of(ReadableConfig options) {
    return new ReplyRule(
        options.getOptional(ChatJobOptions.REPLY_TOPICS).orElse(null),
        Stream.of(ChatTopic.values())
            .filter(topic -> topic != ChatTopic.COMPLETIONS)
            .map(topic -> topic.in(options))
            .toArray(String[]::new));
  }

  /**
   * What the headers of a request say; empty where they say nothing.
   *
   * @throws InvalidRequestException if they say what is not allowed; it names the header
   */
  public Optional<ReplyAddress> address(List<SourceRecord.Header> headers) {
    Optional<SourceRecord.Header> topic = CopiedHeaders.last(CopiedHeaders.REPLY_TOPIC, headers);
    OptionalInt partition =
        CopiedHeaders.last(CopiedHeaders.REPLY_PARTITION, headers)
            .map(header -> OptionalInt.of(partition(header.value())))
            .orElse(OptionalInt.empty());
    if (topic.isEmpty() && partition.isPresent()) {
      throw invalid(
          CopiedHeaders.REPLY_PARTITION,
          "needs header " + CopiedHeaders.REPLY_TOPIC + " beside it");
    }
    return topic.map(header -> new ReplyAddress(topic(header.value()), partition));
  }

  /** The same where it is allowed; a request that says anything else has been refused. */
  public Optional<ReplyAddress> allowedAddress(List<SourceRecord.Header> headers) {
    try {
      return address(headers);
    } catch (InvalidRequestException refused) {
      return Optional.empty();
    }
  }

  private String topic(byte[] value) {
    String name = value == null ? "" : new String(value, StandardCharsets.UTF_8);
    if (!Topic.isValid(name)) {
      throw invalid(
          CopiedHeaders.REPLY_TOPIC,
          "must be the name of a topic in UTF-8, but is \"%s\"".formatted(Excerpt.of(name)));
    }
    if (allowed == null || !allowed.matcher(name).matches()) {
      throw invalid(
          CopiedHeaders.REPLY_TOPIC,
          "names topic \"%s\", which option %s does not allow"
              .formatted(Excerpt.of(name), ChatJobOptions.REPLY_TOPICS.key()));
    }
    if (name.startsWith(KAFKAS_OWN) || Arrays.asList(taken).contains(name)) {
      throw invalid(
          CopiedHeaders.REPLY_TOPIC,
          "names topic \"%s\", which has records of another kind".formatted(Excerpt.of(name)));
    }
    return name;
  }

  private static int partition(byte[] value) {
    int length = value == null ? 0 : value.length;
    if (length != Integer.BYTES) {
      throw invalid(
          CopiedHeaders.REPLY_PARTITION,
          "must be a number of 4 bytes, the greatest first, but has %d bytes".formatted(length));
    }
    int partition = ByteBuffer.wrap(value).getInt();
    if (partition < 0) {
      throw invalid(CopiedHeaders.REPLY_PARTITION, "must be 0 or more, but is " + partition);
    }
    return partition;
  }

  private static InvalidRequestException invalid(String header, String message) {
    return new InvalidRequestException(header, "header %s %s".formatted(header, message));
  }
}
