package io.flinkmistral.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A consumer of one's own: reads what is committed in a topic, from its beginning. */
public final class TopicProbe implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final JsonMapper MAPPER = new JsonMapper();

  private final CommittedRecords records;
  private final List<ConsumerRecord<byte[], byte[]>> seen = new ArrayList<>();

  public TopicProbe(String bootstrapServers, String topic) {
    records = new CommittedRecords(bootstrapServers, topic);
  }

  /** All records that {@code wanted} takes, as soon as there are {@code count} of them. */
  public List<ConsumerRecord<byte[], byte[]>> await(
      int count, Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
    long end = System.nanoTime() + DEADLINE.toNanos();
    List<ConsumerRecord<byte[], byte[]>> found = found(wanted);
    while (found.size() < count) {
      assertThat(System.nanoTime())
          .as("%d records wanted, but there are %s", count, texts(seen))
          .isLessThan(end);
      poll(Duration.ofMillis(200));
      found = found(wanted);
    }
    return found;
  }

  /** The records that have come in since the last call; waits for some where there is none. */
  public List<ConsumerRecord<byte[], byte[]>> poll(Duration atMost) {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    records.poll(atMost).forEach(found::add);
    seen.addAll(found);
    return found;
  }

  /** Whether all that is committed in the topic has been read. */
  public boolean isAtEnd() {
    return records.isAtEnd();
  }

  /** The values that have the request's id, as soon as there are {@code count} of them. */
  public List<JsonNode> awaitOfRequest(int count, String requestId) {
    return await(count, r -> requestId.equals(json(r).path("request_id").asString(""))).stream()
        .map(TopicProbe::json)
        .toList();
  }

  public static JsonNode json(ConsumerRecord<byte[], byte[]> record) {
    return MAPPER.readTree(record.value());
  }

  @Override
  public void close() {
    records.close();
  }

  private List<ConsumerRecord<byte[], byte[]>> found(
      Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
    return seen.stream().filter(wanted).toList();
  }

  private static List<String> texts(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream()
        .map(r -> r.value() == null ? "null" : new String(r.value(), StandardCharsets.UTF_8))
        .toList();
  }
}
