package io.flinkmistral.jobs.kafka.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.hostile.HostileRecords;
import io.flinkmistral.jobs.hostile.HostileRecords.HostileRecord;
import io.flinkmistral.jobs.json.RecordReader;
import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.jobs.json.UnknownFields;
import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.kafka.source.PromptReading;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.ConversationReport;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.Usage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.types.Either;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Hostile records from the reader to what is handed to producers, without a broker. */
@Timeout(120)
class HostileRecordsTest {
  private static final int RECORDS = 5000;
  private static final int MOST_BYTES = 200_000;
  private static final JsonMapper MAPPER = new JsonMapper();

  private final PromptReading reading =
      new PromptReading(new RecordReader(new RequestReader(50_000, UnknownFields.REFUSE)));
  private final Router router =
      new Router(
          Set.of(ChatTopic.COMPLETIONS, ChatTopic.DEAD_LETTERS), ReplyRule.of(new Configuration()));

  @Test
  void eachIsOneRequestOrOneDeadLetterAndAllThatLeavesFits() {
    List<TopicLimits> generous =
        List.of(
            new TopicLimits("completions", 1_048_588, false),
            new TopicLimits("dead-letters", 1_048_588, false));
    List<TopicLimits> narrow =
        List.of(
            new TopicLimits("completions", 20_000, true),
            new TopicLimits("dead-letters", 3000, true));
    for (List<TopicLimits> topics : List.of(generous, narrow)) {
      EventSerializer answers = answers(topics);
      EventSerializer tokens = tokens(new TopicLimits("tokens", 20_000, false));
      HostileRecords hostile = new HostileRecords(7, MOST_BYTES);
      for (int i = 0; i < RECORDS; i++) {
        HostileRecord record = hostile.next();
        SourceRecord origin = new SourceRecord("prompts", 3, i, null, null, List.of());
        switch (read(record, i)) {
          case Either.Left<CompletionEvent, ClientRecord> bad ->
              checkRefusal(record, origin, outcomes(bad.left(), topics, answers));
          case Either.Right<CompletionEvent, ClientRecord> good -> {
            switch (good.right()) {
              case CompletionRequest request -> {
                checkAnswer(record, request, origin, topics, answers);
                checkRefusal(record, origin, outcomes(refusal(request), topics, answers));
                assertThat(
                        tokens.serialize(Tuple2.of(ChatTopic.TOKENS, chunk(request)), null, null))
                    .as("a token of %s", record.kind())
                    .isNotNull();
              }
              case ControlRequest control -> checkReport(record, control, origin, topics, answers);
            }
          }
          default -> throw new AssertionError("neither left nor right");
        }
      }
    }
  }

  @Test
  void theSameSeedMakesTheSameRecords() {
    HostileRecords some = new HostileRecords(11, MOST_BYTES);
    HostileRecords same = new HostileRecords(11, MOST_BYTES);
    for (int i = 0; i < 500; i++) {
      HostileRecord one = some.next();
      HostileRecord other = same.next();
      assertThat(other.kind()).isEqualTo(one.kind());
      assertThat(other.key()).isEqualTo(one.key());
      assertThat(Arrays.equals(other.value(), one.value())).isTrue();
      assertThat(other.headers()).isEqualTo(one.headers());
    }
  }

  private Either<CompletionEvent, ClientRecord> read(HostileRecord record, long offset) {
    List<Either<CompletionEvent, ClientRecord>> read =
        reading.read(
            new ConsumerRecord<>(
                "prompts",
                3,
                offset,
                0,
                TimestampType.CREATE_TIME,
                0,
                0,
                record.key(),
                record.value(),
                new RecordHeaders(record.headers()),
                Optional.empty()));
    assertThat(read).as("what %s is", record.kind()).hasSize(1);
    return read.getFirst();
  }

  private List<ProducerRecord<byte[], byte[]>> outcomes(
      CompletionEvent event, List<TopicLimits> topics, EventSerializer serializer) {
    List<Tuple2<ChatTopic, CompletionEvent>> routed = new ArrayList<>();
    router.flatMap(event, new ListCollector<>(routed));
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (Tuple2<ChatTopic, CompletionEvent> one : routed) {
      ProducerRecord<byte[], byte[]> record = serializer.serialize(one, null, null);
      assertThat(record).as("a record about %s", event.requestId()).isNotNull();
      TopicLimits topic =
          topics.stream().filter(t -> t.topic().equals(record.topic())).findFirst().orElseThrow();
      assertThat(TopicLimits.bytes(record)).isLessThanOrEqualTo(topic.maxBytes());
      assertThat(record.key() == null && topic.needsKeys()).isFalse();
      records.add(record);
    }
    return records;
  }

  private static void checkRefusal(
      HostileRecord record, SourceRecord origin, List<ProducerRecord<byte[], byte[]>> outcomes) {
    List<ProducerRecord<byte[], byte[]>> letters = of("dead-letters", outcomes);
    assertThat(letters).as("dead letters of %s", record.kind()).hasSize(1);
    assertThat(DeadLetters.place(letters.getFirst().headers())).contains(origin.place());
    List<ProducerRecord<byte[], byte[]>> errors = of("completions", outcomes);
    assertThat(errors).as("errors of %s", record.kind()).hasSizeLessThanOrEqualTo(1);
    for (ProducerRecord<byte[], byte[]> error : errors) {
      JsonNode json = MAPPER.readTree(error.value());
      assertThat(json.at("/error/message").stringValue()).hasSizeBetween(1, 1001);
      assertThat(source(error)).isEqualTo(origin.place());
    }
  }

  private void checkAnswer(
      HostileRecord record,
      CompletionRequest request,
      SourceRecord origin,
      List<TopicLimits> topics,
      EventSerializer serializer) {
    for (int length : new int[] {0, 100_000}) {
      List<ProducerRecord<byte[], byte[]>> answers =
          outcomes(answer(request, "ü".repeat(length)), topics, serializer);
      assertThat(answers).as("answers of %s", record.kind()).hasSize(1);
      JsonNode json = MAPPER.readTree(answers.getFirst().value());
      assertThat(json.get("request_id").stringValue()).isEqualTo(request.requestId());
      assertThat(json.get("conversation_id").stringValue()).isEqualTo(request.conversationId());
      assertThat(json.has("choices") || json.has("error")).isTrue();
      assertThat(source(answers.getFirst())).isEqualTo(origin.place());
    }
  }

  private void checkReport(
      HostileRecord record,
      ControlRequest control,
      SourceRecord origin,
      List<TopicLimits> topics,
      EventSerializer serializer) {
    ChatMessage message = new ChatMessage(Role.USER, "ü".repeat(100_000));
    for (ConversationReport report :
        List.of(
            new ConversationReport.Forgotten(1, 0),
            new ConversationReport.Shown(
                List.of(new ConversationReport.Turn(List.of(message), 1, 1)), 0))) {
      List<ProducerRecord<byte[], byte[]>> reports =
          outcomes(
              new CompletionEvent.Reported(
                  "r", control.conversationId(), report, control.origin().map(SourceRecord::trace)),
              topics,
              serializer);
      assertThat(reports).as("reports of %s", record.kind()).hasSize(1);
      JsonNode json = MAPPER.readTree(reports.getFirst().value());
      assertThat(json.get("conversation_id").stringValue()).isEqualTo(control.conversationId());
      assertThat(json.has("object") || json.has("error")).isTrue();
      assertThat(source(reports.getFirst())).isEqualTo(origin.place());
    }
  }

  private static String source(ProducerRecord<byte[], byte[]> record) {
    return new String(record.headers().lastHeader("mistral.source").value(), UTF_8);
  }

  private static List<ProducerRecord<byte[], byte[]>> of(
      String topic, List<ProducerRecord<byte[], byte[]>> records) {
    return records.stream().filter(r -> r.topic().equals(topic)).toList();
  }

  private static Completed answer(CompletionRequest request, String text) {
    return new Completed(
        request.requestId(),
        request.conversationId(),
        "m",
        "fp",
        List.of(new Answer(text, FinishReason.STOP)),
        Optional.empty(),
        AnswerShape.CHAT,
        new Usage(1, 0, 1),
        new Timings(0, 0, 0, 0),
        request.origin().map(SourceRecord::trace));
  }

  private static Rejected refusal(CompletionRequest request) {
    InvalidRequestException cause =
        new InvalidRequestException("messages", "no: " + request.messages().getFirst().content());
    return new Rejected(
        request.requestId(),
        request.conversationId(),
        cause.parameter(),
        cause.code().wireName(),
        cause.getMessage(),
        request.origin());
  }

  private static Chunk chunk(CompletionRequest request) {
    return new Chunk(
        request.requestId(),
        request.conversationId(),
        0,
        1,
        " a",
        List.of(),
        Optional.of(new CompletionEvent.End(FinishReason.STOP, Optional.empty(), List.of())));
  }

  private static EventSerializer answers(List<TopicLimits> topics) {
    FittingRecords fitting = new FittingRecords(new Properties());
    fitting.open(
        new UnregisteredMetricsGroup(),
        Map.of("completions", topics.get(0), "dead-letters", topics.get(1)));
    return new EventSerializer(
        Map.of(ChatTopic.COMPLETIONS, "completions", ChatTopic.DEAD_LETTERS, "dead-letters"),
        fitting,
        new Replies(ReplyRule.of(new Configuration()), new Properties()));
  }

  private static EventSerializer tokens(TopicLimits topic) {
    FittingRecords fitting = new FittingRecords(new Properties());
    fitting.open(new UnregisteredMetricsGroup(), Map.of("tokens", topic));
    return new EventSerializer(
        Map.of(ChatTopic.TOKENS, "tokens"),
        fitting,
        new Replies(ReplyRule.of(new Configuration()), new Properties()));
  }
}
