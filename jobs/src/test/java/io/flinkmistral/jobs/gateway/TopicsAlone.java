package io.flinkmistral.jobs.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.local.LocalBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.JsonNode;

/** A broker with the topics of a job, and no job: tests say what one would have said, and when. */
record TopicsAlone(LocalBroker broker, KafkaProducer<byte[], byte[]> producer)
    implements AutoCloseable {

  static TopicsAlone start(Path folder) throws Exception {
    LocalBroker broker = LocalBroker.start(folder.resolve("broker"));
    broker.createTopics(
        List.of("prompts", "completions", "tokens", "dead-letters", "blocked"),
        2,
        Map.of("max.message.bytes", "4000000"));
    return new TopicsAlone(
        broker,
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                4_000_000),
            new ByteArraySerializer(),
            new ByteArraySerializer()));
  }

  /** A gateway in front of them, on a free port. */
  Gateway gateway(String... options) throws Exception {
    return TestGateways.start(broker, options);
  }

  ReadableConfig options(String... options) {
    return TestGateways.options(broker, options);
  }

  /** A call that waits until the test has said what is answered. */
  static <T> Future<T> inTheBackground(Supplier<T> call) {
    return CompletableFuture.supplyAsync(call, Thread::startVirtualThread);
  }

  /** A request, which a word of its messages tells from others. */
  JsonNode request(String word) {
    return TopicProbe.json(requests(word, 1).getFirst());
  }

  /** The records of so many. */
  List<ConsumerRecord<byte[], byte[]>> requests(String word, int count) {
    try (TopicProbe prompts = new TopicProbe(broker.bootstrapServers(), "prompts")) {
      return prompts.await(count, record -> new String(record.value(), UTF_8).contains(word));
    }
  }

  /** All requests and cancellations that are there. */
  List<JsonNode> prompts() {
    try (TopicProbe prompts = new TopicProbe(broker.bootstrapServers(), "prompts")) {
      List<JsonNode> all = new ArrayList<>();
      while (!prompts.isAtEnd()) {
        prompts.poll(Duration.ofMillis(100)).forEach(record -> all.add(TopicProbe.json(record)));
      }
      return all;
    }
  }

  /** A piece of an answer; {@code more} are other fields. */
  void piece(JsonNode request, int index, String text, String more) throws Exception {
    say(
        "tokens",
        request,
        "\"choice\": 0, \"index\": %d, \"text\": \"%s\"%s".formatted(index, text, more));
  }

  /** The last piece. */
  void end(JsonNode request, int index, String text) throws Exception {
    piece(
        request,
        index,
        text,
        """
        , "finish_reason": "stop", "usage": {"prompt_tokens": 3, "completion_tokens": %d, "total_tokens": %d}\
        """
            .formatted(index, index + 3));
  }

  void say(String topic, JsonNode request, String fields)
      throws ExecutionException, InterruptedException {
    say(topic, request, fields, List.of());
  }

  /** With headers, as the job repeats those of a request. */
  void say(String topic, JsonNode request, String fields, Iterable<Header> headers)
      throws ExecutionException, InterruptedException {
    String conversation = request.path("conversation_id").asString();
    String value =
        "{\"request_id\": %s, \"conversation_id\": \"%s\", %s}"
            .formatted(request.get("request_id"), conversation, fields);
    producer
        .send(
            new ProducerRecord<>(
                topic, null, conversation.getBytes(UTF_8), value.getBytes(UTF_8), headers))
        .get();
  }

  @Override
  public void close() {
    producer.close();
    broker.close();
  }
}
