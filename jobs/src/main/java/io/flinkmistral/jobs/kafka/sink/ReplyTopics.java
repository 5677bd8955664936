package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.kafka.KafkaProperties;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * What the brokers say of topics that requests name. A producer that is handed a record for a topic
 * that is not there waits a minute for it and fails, and the job with it: so each is looked for
 * first, and again after a while.
 *
 * <p>Looking costs the sink some milliseconds. There are only so many topics, but names without a
 * topic are endless: after one of these, others that are not known are not looked for during a
 * second.
 */
final class ReplyTopics {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long KNOWN_NANOS = Duration.ofMinutes(1).toNanos();
  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private record Known(ReplyTopic.Present topic, long since) {}

  private final Function<String, ReplyTopic> look;
  private final LongSupplier nanoTime;
  private final Map<String, Known> known = new HashMap<>();
  private long pauseEnd;

  /**
   * @param producer the settings of the producer that the topics are for
   */
  ReplyTopics(Properties producer) {
    this(topic -> look(producer, topic), System::nanoTime);
  }

  ReplyTopics(Function<String, ReplyTopic> look, LongSupplier nanoTime) {
    this.look = look;
    this.nanoTime = nanoTime;
    this.pauseEnd = nanoTime.getAsLong();
  }

  ReplyTopic find(String topic) {
    long now = nanoTime.getAsLong();
    Known before = known.get(topic);
    if (before != null && now - before.since() < KNOWN_NANOS) {
      return before.topic();
    }
    if (before == null && now - pauseEnd < 0) {
      return new ReplyTopic.Absent(notThere(topic) + ", or it is less than a second old");
    }
    ReplyTopic found = look.apply(topic);
    switch (found) {
      case ReplyTopic.Present present -> known.put(topic, new Known(present, now));
      case ReplyTopic.Absent _ -> {
        known.remove(topic);
        pauseEnd = nanoTime.getAsLong() + PAUSE_NANOS;
      }
    }
    return found;
  }

  private static ReplyTopic look(Properties producer, String topic) {
    try (Admin admin = KafkaProperties.admin(producer)) {
      TopicDescription description =
          admin
              .describeTopics(
                  List.of(topic), new DescribeTopicsOptions().includeAuthorizedOperations(true))
              .topicNameValues()
              .get(topic)
              .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return mayBeWritten(description.authorizedOperations())
          ? new ReplyTopic.Present(
              TopicSettings.limits(admin, producer, topic),
              description.partitions().stream()
                  .map(partition -> partition.leader() != null && !partition.leader().isEmpty())
                  .toList())
          : new ReplyTopic.Absent("the job may not write to topic " + topic);
    } catch (ExecutionException e) {
      return new ReplyTopic.Absent(
          e.getCause() instanceof UnknownTopicOrPartitionException
              ? notThere(topic)
              : notKnown(topic, e.getCause()));
    } catch (TimeoutException | KafkaException e) {
      return new ReplyTopic.Absent(notKnown(topic, e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new ReplyTopic.Absent(notKnown(topic, e));
    }
  }

  /**
   * @param operations null where brokers are too old to say
   */
  private static boolean mayBeWritten(Set<AclOperation> operations) {
    return operations == null
        || operations.contains(AclOperation.WRITE)
        || operations.contains(AclOperation.ALL);
  }

  private static String notThere(String topic) {
    return "there is no topic " + topic;
  }

  private static String notKnown(String topic, Throwable cause) {
    return "the brokers do not say whether there is a topic %s: %s".formatted(topic, cause);
  }
}
