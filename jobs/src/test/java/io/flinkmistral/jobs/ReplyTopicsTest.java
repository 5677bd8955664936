package io.flinkmistral.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Answers where requests want them, on a real broker. Requests are as Spring's
 * ReplyingKafkaTemplate sends them: {@code kafka_replyTopic} in UTF-8, {@code kafka_replyPartition}
 * as four bytes, {@code kafka_correlationId} as it likes.
 */
@Timeout(300)
class ReplyTopicsTest {
  private static final byte[] CORRELATION = {1, 2, 0, (byte) 0xff};

  @TempDir private static Path folder;
  private static RunningChatJob job;

  @BeforeAll
  static void start() throws Exception {
    job = RunningChatJob.start(folder, "--kafka.reply-topics=replies-.*|prompts");
    job.broker().createTopics(List.of("replies-three"), 3, Map.of());
    job.broker().createTopics(List.of("replies-small"), 1, Map.of("max.message.bytes", "500"));
    job.broker().createTopics(List.of("replies-compacted"), 1, Map.of("cleanup.policy", "compact"));
  }

  @AfterAll
  static void stop() throws Exception {
    job.close();
  }

  @AfterEach
  void theJobGoesOn() {
    job.assertGoesOn();
  }

  @Test
  void anAnswerAndAnErrorGoToTheTopicAndPartitionOfTheirRequest() throws Exception {
    send("r-1", "\"What is seven plus two?\"", topic("replies-three"), partition(2));
    send("r-2", "7", topic("replies-three"), partition(1));
    try (TopicProbe replies = probe("replies-three")) {
      ConsumerRecord<byte[], byte[]> answer = replies.await(1, r -> isOf(r, "r-1")).getFirst();
      assertThat(answer.partition()).isEqualTo(2);
      assertThat(answer.key()).isEqualTo("c-r-1".getBytes(UTF_8));
      assertThat(TopicProbe.json(answer).at("/choices/0/message/content").asString())
          .isEqualTo("Seven plus two is nine.");
      assertThat(answer.headers().lastHeader("kafka_correlationId").value()).isEqualTo(CORRELATION);
      assertThat(answer.headers().headers("kafka_replyTopic")).isEmpty();
      assertThat(answer.headers().headers("kafka_replyPartition")).isEmpty();
      ConsumerRecord<byte[], byte[]> error = replies.await(1, r -> isOf(r, "r-2")).getFirst();
      assertThat(error.partition()).isEqualTo(1);
      assertThat(TopicProbe.json(error).at("/error/param").asString())
          .isEqualTo("messages[0].content");
      assertThat(error.headers().lastHeader("kafka_correlationId").value()).isEqualTo(CORRELATION);
    }
    assertThatCompletionsHaveNone("r-1", "r-2");
  }

  /** Its correlation id says who asked. */
  @Test
  void anErrorOfARecordWithoutIdsGoesToItsTopic() throws Exception {
    job.producer()
        .send(
            new ProducerRecord<>(
                "prompts",
                (Integer) null,
                (byte[]) null,
                "no JSON".getBytes(UTF_8),
                headers(topic("replies-compacted"))))
        .get();
    try (TopicProbe replies = probe("replies-compacted")) {
      ConsumerRecord<byte[], byte[]> error = replies.await(1, _ -> true).getFirst();
      assertThat(TopicProbe.json(error).path("request_id").isNull()).isTrue();
      assertThat(TopicProbe.json(error).at("/error/message").asString()).contains("no JSON");
      assertThat(new String(error.key(), UTF_8)).startsWith("prompts-");
    }
  }

  @Test
  void whatTheTopicDoesNotTakeIsAnErrorThere() throws Exception {
    send("r-3", "\"What is seven plus two?\"", topic("replies-small"));
    try (TopicProbe replies = probe("replies-small")) {
      ConsumerRecord<byte[], byte[]> error = replies.await(1, r -> isOf(r, "r-3")).getFirst();
      assertThat(TopicProbe.json(error).at("/error/code").asString()).isEqualTo("answer_too_large");
    }
  }

  @Test
  void whatCannotBeAnsweredThereIsAnsweredInCompletions() throws Exception {
    send("r-4", "\"What is seven plus two?\"", topic("replies-nowhere"));
    send("r-5", "\"What is seven plus two?\"", topic("replies-three"), partition(3));
    try (TopicProbe completions = probe("completions")) {
      for (String id : List.of("r-4", "r-5")) {
        ConsumerRecord<byte[], byte[]> answer = completions.await(1, r -> isOf(r, id)).getFirst();
        assertThat(TopicProbe.json(answer).at("/choices/0/message/content").asString())
            .isEqualTo("Seven plus two is nine.");
        assertThat(answer.headers().lastHeader("kafka_correlationId").value())
            .isEqualTo(CORRELATION);
        assertThat(new String(answer.headers().lastHeader("mistral.reply.failed").value(), UTF_8))
            .contains(id.equals("r-4") ? "no topic replies-nowhere" : "no partition 3: it has 3");
      }
    }
  }

  @Test
  void whatIsNotAllowedIsRefusedByName() throws Exception {
    send("r-6", "\"Hi\"", topic("elsewhere"));
    send("r-7", "\"Hi\"", topic("prompts"));
    send("r-8", "\"Hi\"", topic("replies-three"), partition(-1));
    send(
        "r-9",
        "\"Hi\"",
        topic("replies-three"),
        new RecordHeader("kafka_replyPartition", new byte[2]));
    send("r-10", "\"Hi\"", new RecordHeader("kafka_replyTopic", (byte[]) null));
    Map<String, String> parameters =
        Map.of(
            "r-6", "kafka_replyTopic",
            "r-7", "kafka_replyTopic",
            "r-8", "kafka_replyPartition",
            "r-9", "kafka_replyPartition",
            "r-10", "kafka_replyTopic");
    try (TopicProbe completions = probe("completions");
        TopicProbe deadLetters = probe("dead-letters")) {
      parameters.forEach(
          (id, parameter) ->
              assertThat(completions.awaitOfRequest(1, id).getFirst().at("/error/param").asString())
                  .isEqualTo(parameter));
      deadLetters.await(1, r -> isOf(r, "r-10"));
    }
  }

  private static void assertThatCompletionsHaveNone(String... ids) throws Exception {
    send("last-" + ids[0], "7");
    try (TopicProbe completions = probe("completions")) {
      completions.awaitOfRequest(1, "last-" + ids[0]);
      for (String id : ids) {
        assertThat(completions.await(0, r -> isOf(r, id))).isEmpty();
      }
    }
  }

  private static boolean isOf(ConsumerRecord<byte[], byte[]> record, String id) {
    return record.value() != null
        && new String(record.value(), UTF_8).startsWith("{")
        && TopicProbe.json(record).path("request_id").asString("").equals(id);
  }

  private static void send(String id, String content, Header... headers) throws Exception {
    String value =
        "{\"request_id\": \"%s\", \"conversation_id\": \"c-%s\", \"messages\": [{\"role\": \"user\", \"content\": %s}]}"
            .formatted(id, id, content);
    job.producer()
        .send(
            new ProducerRecord<>(
                "prompts",
                null,
                ("c-" + id).getBytes(UTF_8),
                value.getBytes(UTF_8),
                headers(headers)))
        .get();
  }

  private static List<Header> headers(Header... headers) {
    List<Header> all = new ArrayList<>(List.of(headers));
    all.add(new RecordHeader("kafka_correlationId", CORRELATION));
    return all;
  }

  private static Header topic(String name) {
    return new RecordHeader("kafka_replyTopic", name.getBytes(UTF_8));
  }

  private static Header partition(int partition) {
    return new RecordHeader(
        "kafka_replyPartition", ByteBuffer.allocate(Integer.BYTES).putInt(0, partition).array());
  }

  private static TopicProbe probe(String topic) {
    return job.probe(topic);
  }
}
