package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.kafka.ReplyAddress;
import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.SourceRecord;
import java.io.Serializable;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where answers and errors go: to the topic that their request names, where that is allowed and can
 * be, else to that of completions, with a header that says why.
 */
final class Replies implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

  private final ReplyRule rule;
  private final Properties producer;

  private transient ReplyTopics topics;
  private transient Counter elsewhere;

  /**
   * @param producer the settings of the producer that the records are for
   */
  Replies(ReplyRule rule, Properties producer) {
    this.rule = rule;
    this.producer = producer;
  }

  /** To be called before the others. */
  void open(MetricGroup metrics) {
    open(metrics, new ReplyTopics(producer));
  }

  void open(MetricGroup metrics, ReplyTopics known) {
    topics = known;
    elsewhere = metrics.counter("repliesElsewhere");
  }

  /**
   * @param completions where an answer goes whose request names nothing
   */
  Destination of(CompletionEvent event, TopicLimits completions) {
    Optional<ReplyAddress> address =
        EventRecords.origin(event).map(SourceRecord::headers).flatMap(rule::allowedAddress);
    if (address.isEmpty()) {
      return Destination.of(completions);
    }
    ReplyAddress wanted = address.get();
    return switch (topics.find(wanted.topic())) {
      case ReplyTopic.Absent(String reason) -> elsewhere(event, completions, reason);
      case ReplyTopic.Present topic -> {
        Optional<String> obstacle = obstacle(wanted, topic);
        yield obstacle.isPresent()
            ? elsewhere(event, completions, obstacle.get())
            : new Destination(topic.limits(), partition(wanted.partition()), Optional.empty());
      }
    };
  }

  private static Integer partition(OptionalInt partition) {
    return partition.isPresent() ? (Integer) partition.getAsInt() : null;
  }

  private static Optional<String> obstacle(ReplyAddress wanted, ReplyTopic.Present topic) {
    int partitions = topic.led().size();
    int partition = wanted.partition().orElse(0);
    if (partition >= partitions) {
      return Optional.of(
          "topic %s has no partition %d: it has %d"
              .formatted(wanted.topic(), partition, partitions));
    }
    boolean led =
        wanted.partition().isPresent() ? topic.led().get(partition) : !topic.led().contains(false);
    return led
        ? Optional.empty()
        : Optional.of("a partition of topic %s has no leader now".formatted(wanted.topic()));
  }

  private Destination elsewhere(CompletionEvent event, TopicLimits completions, String reason) {
    elsewhere.inc();
    if (elsewhere.getCount() == 1) {
      LOG.warn(
          "the answer of request {} goes to topic {}: {}; more of the kind are counted, and not"
              + " logged",
          Excerpt.of(event.requestId()),
          completions.topic(),
          reason);
    }
    return new Destination(completions, null, Optional.of(Excerpt.ofMessage(reason)));
  }
}
