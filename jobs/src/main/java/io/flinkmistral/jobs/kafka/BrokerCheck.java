package io.flinkmistral.jobs.kafka;

import io.flinkmistral.jobs.options.BrokerAddress;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A look at the brokers before a job starts: Flink would have it RUNNING, and try for ever. It
 * takes no longer than 15 seconds.
 */
public final class BrokerCheck {
  private static final Duration PATIENCE = Duration.ofSeconds(8);
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final int LOOKS = 8;
  private static final int CONNECT_MILLIS = 1500;

  /** So many brokers are tried: of a large cluster some may be down, and that is no matter. */
  private static final int TRIED = 2;

  /**
   * What a job does with topics.
   *
   * @param read must be there
   * @param written may be made by the broker, where it makes topics
   * @param naming the options that name them
   */
  public record Topics(List<String> read, List<String> written, String naming) {
    public Topics {
      read = List.copyOf(read);
      written = List.copyOf(written);
    }

    private List<String> all() {
      return Stream.concat(read.stream(), written.stream()).toList();
    }
  }

  private final ReadableConfig options;
  private final Topics topics;
  private final String servers;
  private final String advice;

  private BrokerCheck(ReadableConfig options, Topics topics, String advice) {
    this.options = options;
    this.topics = topics;
    this.advice = advice;
    this.servers = options.get(ChatJobOptions.BOOTSTRAP_SERVERS);
  }

  /**
   * Looks for brokers, the topics of the chat job, and what the brokers allow.
   *
   * @param advice to the one to whom no broker answers
   * @throws IOException if a job could not run with them; the message says what to do
   */
  public static void check(ReadableConfig options, String advice) throws IOException {
    Topics topics =
        new Topics(
            List.of(ChatTopic.PROMPTS.in(options)),
            ChatTopic.written().map(topic -> topic.in(options)).toList(),
            "kafka.topic.*");
    check(options, topics, advice);
  }

  /** The same for other topics. */
  public static void check(ReadableConfig options, Topics topics, String advice)
      throws IOException {
    BrokerCheck check = new BrokerCheck(options, topics, advice);
    check.resolveServers();
    check.lookAtTopics();
    if (!topics.written().isEmpty()) {
      BrokerSettings.check(options);
    }
  }

  /** Kafka's clients pass over those that cannot be resolved, as long as there is another. */
  private void resolveServers() throws IOException {
    List<BrokerAddress> all = BrokerAddress.list(servers);
    if (all.stream().noneMatch(address -> isResolved(address.host()))) {
      throw new IOException(
          "no broker: the name in %s = %s cannot be resolved"
              .formatted(ChatJobOptions.BOOTSTRAP_SERVERS.key(), servers));
    }
  }

  private void lookAtTopics() throws IOException {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            properties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      for (Node leader : leaders(consumer, topics.all())) {
        reach(leader);
      }
      List<String> missing =
          topics.all().stream().filter(t -> consumer.partitionsFor(t, PATIENCE).isEmpty()).toList();
      if (!missing.isEmpty() && !BrokerSettings.makesTopics(options, missing, topics.read())) {
        throw new IOException(
            "%s at %s: create %s first, or name others (%s)"
                .formatted(
                    missing.size() == 1
                        ? "there is no topic " + missing.getFirst()
                        : "there are no topics " + String.join(", ", missing),
                    servers,
                    missing.size() == 1 ? "it" : "them",
                    topics.naming()));
      }
    } catch (TimeoutException _) {
      throw new IOException(
          "no broker answers at %s (%s), tried for %d s; %s"
              .formatted(
                  servers, ChatJobOptions.BOOTSTRAP_SERVERS.key(), PATIENCE.toSeconds(), advice));
    } catch (KafkaException e) {
      throw new IOException("the broker at %s: %s".formatted(servers, causes(e)), e);
    }
  }

  /**
   * Some leaders of the topics, as the first answer names them: that comes from where the options
   * say, and whatever is asked next goes to where the brokers say. None where there is no answer,
   * or no topic.
   */
  private static List<Node> leaders(KafkaConsumer<byte[], byte[]> consumer, List<String> topics) {
    List<TopicPartition> partitions = topics.stream().map(t -> new TopicPartition(t, 0)).toList();
    consumer.assign(partitions);
    consumer.pause(partitions);
    Map<Integer, Node> leaders = new TreeMap<>();
    for (int look = 0; look < LOOKS && leaders.isEmpty(); look++) {
      consumer.poll(LOOK);
      topics.forEach(topic -> addLeaders(consumer, topic, leaders));
    }
    return leaders.values().stream().limit(TRIED).toList();
  }

  private static void addLeaders(
      KafkaConsumer<byte[], byte[]> consumer, String topic, Map<Integer, Node> leaders) {
    try {
      for (PartitionInfo partition : consumer.partitionsFor(topic, Duration.ofMillis(1))) {
        if (partition.leader() != null) {
          leaders.put(partition.leader().id(), partition.leader());
        }
      }
    } catch (TimeoutException notKnownYet) {
      // The next look may find it.
    }
  }

  /** What a broker calls itself is set where it runs, and need not be known here. */
  private void reach(Node broker) throws IOException {
    String says =
        "the broker at %s says that clients find it at %s:%d (its advertised.listeners), but "
            .formatted(servers, broker.host(), broker.port());
    if (!isResolved(broker.host())) {
      throw new IOException(says + "this name cannot be resolved");
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(broker.host(), broker.port()), CONNECT_MILLIS);
    } catch (IOException e) {
      throw new IOException(says + "nothing answers there: " + e.getMessage(), e);
    }
  }

  private static boolean isResolved(String host) {
    try {
      return InetAddress.getByName(host) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** What is wrong stands behind everything: Kafka's clients wrap it more than once. */
  private static String causes(Throwable failure) {
    StringBuilder words = new StringBuilder(String.valueOf(failure.getMessage()));
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      if (message != null && words.indexOf(message) < 0) {
        words.append(": ").append(message);
      }
    }
    return words.toString();
  }

  private Properties properties() {
    Properties properties = KafkaProperties.of(options);
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    return properties;
  }
}
