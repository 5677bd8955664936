package io.flinkmistral.jobs.client;

import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Creates the topics that the options in the environment name, those that are missing: {@code
 * CreateTopics PARTITIONS}. All in one process, where Kafka's own tool takes one for each topic.
 */
public final class CreateTopics {
  /** The broker's own default. */
  private static final int PROMPT_BYTES = 1_048_588;

  private CreateTopics() {}

  public static void main(String[] arguments) throws InterruptedException {
    try {
      ReadableConfig options = JobArguments.parse(System.getenv());
      try (Admin admin = Admin.create(properties(options))) {
        create(admin, ChatTopic.plan(options, partitions(arguments), PROMPT_BYTES))
            .forEach(System.out::println);
      }
    } catch (IllegalArgumentException | ExecutionException e) {
      System.err.println("Topics cannot be created: " + reason(e));
      System.exit(1);
    }
  }

  /**
   * Creates the topics that there are not. Those that exist stay as they are: with other
   * partitions, a conversation would be read from two of them.
   *
   * @return a line about each
   */
  static List<String> create(Admin admin, List<NewTopic> topics)
      throws ExecutionException, InterruptedException {
    CreateTopicsResult result = admin.createTopics(topics);
    List<String> lines = new ArrayList<>();
    for (NewTopic topic : topics) {
      String name = topic.name();
      lines.add(name + (isNew(result.values().get(name)) ? " is created" : " exists"));
    }
    return lines;
  }

  private static boolean isNew(KafkaFuture<Void> creation)
      throws ExecutionException, InterruptedException {
    try {
      creation.get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw e;
    }
  }

  private static Map<String, Object> properties(ReadableConfig options) {
    Map<String, Object> properties = new HashMap<>(options.get(ChatJobOptions.KAFKA_PROPERTIES));
    properties.put(
        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, options.get(ChatJobOptions.BOOTSTRAP_SERVERS));
    return properties;
  }

  private static int partitions(String... arguments) {
    if (arguments.length == 1 && arguments[0].matches("[1-9]\\d{0,5}")) {
      return Integer.parseInt(arguments[0]);
    }
    throw new IllegalArgumentException(
        "one argument is wanted, the number of partitions, but there is: "
            + String.join(" ", arguments));
  }

  private static String reason(Exception e) {
    Throwable reason = e instanceof ExecutionException ? e.getCause() : e;
    return reason.getMessage() == null ? reason.toString() : reason.getMessage();
  }
}
