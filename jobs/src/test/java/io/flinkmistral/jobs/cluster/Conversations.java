package io.flinkmistral.jobs.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.flink.runtime.state.KeyGroupRangeAssignment.assignKeyToParallelOperator;

import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.options.ChatJobOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.JsonNode;

/**
 * Conversations with the job, as many in each of its slots. All of them ask one more question in
 * each round.
 */
final class Conversations implements AutoCloseable {
  private static final List<String> TOPICS =
      List.of("prompts", "completions", "tokens", "dead-letters", "blocked");
  private static final String STORY =
      """
      {"request_id": "%s", "conversation_id": "%s", "stream": true, "temperature": 1, "seed": %d,
       "max_tokens": 80,
       "messages": [{"role": "user", "content": "Tell me a story about a pink owl called Ben."}]}\
      """;

  private static final Duration POLL = Duration.ofMillis(100);

  private final List<String> ids;
  private final KafkaProducer<byte[], byte[]> producer;
  private final TopicProbe completions;
  private final TopicProbe tokens;
  private final List<String> asked = new ArrayList<>();
  private final List<JsonNode> answers = new ArrayList<>();
  private final Set<String> streamed = new HashSet<>();

  /** Makes the job's topics. */
  Conversations(LocalBroker broker, int slots, int perSlot) throws Exception {
    ids =
        IntStream.range(0, slots)
            .boxed()
            .flatMap(slot -> ofSlot(slot, slots).limit(perSlot))
            .toList();
    broker.createTopics(TOPICS, 3, Map.of());
    producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    completions = new TopicProbe(broker.bootstrapServers(), "completions");
    tokens = new TopicProbe(broker.bootstrapServers(), "tokens");
  }

  private static Stream<String> ofSlot(int slot, int slots) {
    int keyGroups = ChatJobOptions.MAX_PARALLELISM.defaultValue();
    return IntStream.iterate(0, i -> i + 1)
        .mapToObj(i -> "c-" + i)
        .filter(id -> assignKeyToParallelOperator(id, keyGroups, slots) == slot);
  }

  /** Asks in every conversation. */
  void ask() {
    int round = asked.size() / ids.size() + 1;
    ids.forEach(id -> ask(id, round));
    producer.flush();
  }

  private void ask(String conversation, int round) {
    String request = conversation + "/" + round;
    byte[] value = STORY.formatted(request, conversation, asked.size()).getBytes(UTF_8);
    producer.send(new ProducerRecord<>("prompts", conversation.getBytes(UTF_8), value));
    asked.add(request);
  }

  /** Ids of all requests. */
  List<String> asked() {
    return asked;
  }

  /** Whether a piece of an answer to the latest questions has been streamed. */
  boolean someoneIsBeingAnswered() {
    tokens
        .poll(POLL)
        .forEach(t -> streamed.add(TopicProbe.json(t).get("request_id").stringValue()));
    return asked.subList(asked.size() - ids.size(), asked.size()).stream()
        .anyMatch(streamed::contains);
  }

  /** Whether there are as many answers as questions, or more. */
  boolean allAreAnswered() {
    read();
    return answers.size() >= asked.size();
  }

  /** All that is visible to a reader of committed answers. */
  List<JsonNode> answers() {
    do {
      read();
    } while (!completions.isAtEnd());
    return answers;
  }

  private void read() {
    completions.poll(POLL).forEach(answer -> answers.add(TopicProbe.json(answer)));
  }

  @Override
  public void close() {
    producer.close();
    completions.close();
    tokens.close();
  }
}
