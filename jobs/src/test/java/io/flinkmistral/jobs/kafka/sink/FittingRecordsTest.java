package io.flinkmistral.jobs.kafka.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.RankedToken;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.TokenLogprob;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.Usage;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

class FittingRecordsTest {
  private final Map<String, Counter> counters = new HashMap<>();

  @Test
  void aLetterThatFitsIsItsRecord() {
    Rejected rejected = rejected(1000, 200);
    ProducerRecord<byte[], byte[]> letter = letter(rejected, 100_000, false);
    assertThat(letter.key()).isEqualTo("c".getBytes(UTF_8));
    assertThat(letter.value()).isEqualTo(rejected.origin().orElseThrow().value());
    assertThat(texts(letter))
        .containsOnlyKeys(
            "trace",
            "__streams.errors.exception",
            "__streams.errors.message",
            "__streams.errors.stacktrace",
            "__streams.errors.topic",
            "__streams.errors.partition",
            "__streams.errors.offset");
    assertThat(counters.get("recordsShortened").getCount()).isZero();
  }

  @Test
  void aLetterThatIsTooLongSaysWhatItLacks() {
    ProducerRecord<byte[], byte[]> letter = letter(rejected(5_000_000, 200), 100_000, false);
    assertThat(letter.value()).isNull();
    assertThat(texts(letter))
        .containsEntry("__streams.errors.omitted", "value")
        .containsEntry("__streams.errors.value.bytes", "5000000")
        .containsEntry("__streams.errors.topic", "prompts")
        .containsEntry("__streams.errors.partition", "3")
        .containsEntry("__streams.errors.offset", "17")
        .containsKey("trace");
    assertThat(counters.get("recordsShortened").getCount()).isOne();
  }

  @Test
  void aLetterGoesWithoutItsHeadersAndItsKeyWhereTheseAreTooLong() {
    assertThat(texts(letter(rejected(10, 200_000), 100_000, false)))
        .containsEntry("__streams.errors.omitted", "value, headers")
        .doesNotContainKey("trace");
    SourceRecord origin =
        new SourceRecord("prompts", 3, 17, new byte[400_000], new byte[10], List.of());
    ProducerRecord<byte[], byte[]> letter =
        letter(
            new Rejected("r", "c", "", "invalid_request", "no", Optional.of(origin)),
            100_000,
            false);
    assertThat(letter.key()).isNull();
    assertThat(texts(letter)).containsEntry("__streams.errors.omitted", "value, headers, key");
  }

  @Test
  void aCompactedTopicGetsKeysAndNoTombstones() {
    SourceRecord origin = new SourceRecord("prompts", 3, 17, null, null, List.of());
    Rejected nobody = new Rejected("r", "", "", "invalid_request", "no", Optional.of(origin));
    ProducerRecord<byte[], byte[]> letter = letter(nobody, 100_000, true);
    assertThat(letter.key()).isEqualTo("prompts-3-17".getBytes(UTF_8));
    assertThat(letter.value()).isEmpty();
    assertThat(answer(nobody, 100_000, true).key()).isEqualTo("r".getBytes(UTF_8));
    assertThat(letter(nobody, 100_000, false).key()).isNull();
    assertThat(answer(nobody, 100_000, false).key()).isNull();
  }

  @Test
  void anAnswerThatIsTooLongIsAnError() {
    ProducerRecord<byte[], byte[]> error = answer(completed("ü".repeat(30_000)), 50_000, false);
    assertThat(new String(error.value(), UTF_8))
        .contains("\"code\":\"answer_too_large\"", "60000 of text and calls", "takes 50000 bytes");
    assertThat(texts(error)).containsEntry("trace", "t").containsEntry("mistral.source", "p-1-2");
    assertThat(counters.get("recordsShortened").getCount()).isOne();
  }

  /** What fills the record is to blame. */
  @Test
  void anAnswerThatIsTooLongSaysWhatMakesItSo() {
    List<TokenLogprob> logprobs =
        Collections.nCopies(2_000, new TokenLogprob("token", Optional.empty(), -0.5f, List.of()));
    PromptLogprobs prompt =
        new PromptLogprobs(Collections.nCopies(2_000, List.of(new RankedToken(7, "a", -1, 1))));
    assertThat(error(List.of(text(9_000, logprobs)), Optional.empty(), Map.of()))
        .contains("\"param\":\"top_logprobs\"", "of logprobs", "leave logprobs away")
        .doesNotContain("prompt_logprobs", "metadata", "choices");
    assertThat(error(List.of(text(600_000, logprobs)), Optional.of(prompt), Map.of()))
        .contains("\"param\":\"max_tokens\"", "of logprobs", "of prompt_logprobs");
    assertThat(error(List.of(text(9_000, List.of())), Optional.of(prompt), Map.of("job", "7")))
        .contains("\"param\":\"prompt_logprobs\"", "ask for fewer prompt_logprobs")
        .contains("of user and metadata");
    List<ToolCall> calls =
        List.of(new ToolCall("a1B2c3D4e", "save", "\"" + "a".repeat(60_000) + "\""));
    assertThat(
            error(
                List.of(
                    text(9_000, logprobs),
                    new Answer("", calls, FinishReason.TOOL_CALLS, Optional.empty()),
                    text(99_000, List.of())),
                Optional.empty(),
                Map.of()))
        .contains("\"param\":\"max_tokens\"", "in 3 choices", "or for fewer choices");
    assertThat(
            error(
                List.of(text(5_000, List.of())),
                Optional.empty(),
                Map.of("job", "x".repeat(90_000))))
        .contains("\"param\":\"metadata\"", "send less metadata");
  }

  private static Answer text(int length, List<TokenLogprob> logprobs) {
    return new Answer("a".repeat(length), List.of(), FinishReason.STOP, Optional.of(logprobs));
  }

  private String error(
      List<Answer> answers, Optional<PromptLogprobs> prompt, Map<String, String> metadata) {
    Completed whole = completed("");
    Completed answer =
        new Completed(
            "r",
            "c",
            "m",
            "fp",
            answers,
            prompt,
            new AnswerShape(true, Optional.empty(), metadata),
            whole.usage(),
            whole.timings(),
            whole.origin());
    return new String(answer(answer, 50_000, false).value(), UTF_8);
  }

  /** Or who reads pieces would wait for ever. */
  @Test
  void ofALastPieceThatIsTooLongTheEndIsTold() {
    List<ToolCall> calls =
        List.of(new ToolCall("a1B2c3D4e", "save", "\"" + "a".repeat(600) + "\""));
    Chunk last =
        new Chunk(
            "r",
            "c",
            2,
            7,
            "text",
            List.of(),
            Optional.of(
                new CompletionEvent.End(
                    FinishReason.TOOL_CALLS, Optional.of(new Usage(1, 0, 7)), calls)));
    ProducerRecord<byte[], byte[]> record = serialize(ChatTopic.TOKENS, last, 500, false);
    assertThat(new String(record.value(), UTF_8))
        .contains("\"choice\":2,\"index\":7,\"text\":\"\"")
        .contains("\"finish_reason\":\"tool_calls\"", "\"completion_tokens\":7")
        .contains("\"omitted\":true")
        .doesNotContain("\"tool_calls\":[");
    assertThat(counters.get("recordsShortened").getCount()).isOne();
    Chunk inside = new Chunk("r", "c", 2, "a".repeat(600));
    assertThat(serialize(ChatTopic.TOKENS, inside, 500, false).value())
        .asString(UTF_8)
        .contains("\"index\":2,\"text\":\"\",\"omitted\":true")
        .doesNotContain("finish_reason");
  }

  @Test
  void whatFitsInNoFormIsLeftOutAndCounted() {
    assertThat(answer(completed("Hi"), 100, false)).isNull();
    assertThat(counters.get("recordsLeftOut").getCount()).isOne();
    Chunk chunk = new Chunk("r".repeat(500), "c", 1, "Hi");
    assertThat(serialize(ChatTopic.TOKENS, chunk, 300, false)).isNull();
    assertThat(counters.get("recordsLeftOut").getCount()).isOne();
  }

  private static Rejected rejected(int valueBytes, int headerBytes) {
    SourceRecord origin =
        new SourceRecord(
            "prompts",
            3,
            17,
            "c".getBytes(UTF_8),
            new byte[valueBytes],
            List.of(new SourceRecord.Header("trace", new byte[headerBytes])));
    return new Rejected("r", "c", "", "invalid_request", "no", Optional.of(origin));
  }

  @Test
  void whatIsBlockedGoesWithoutItsRequestWhereThatIsTooLong() {
    String request = "{\"a\": \"%s\"}".formatted("x".repeat(2000));
    SourceRecord origin = new SourceRecord("p", 1, 2, null, request.getBytes(UTF_8), List.of());
    Completed event =
        new Completed(
            "r",
            "c",
            "m",
            "fp",
            List.of(new Answer("", FinishReason.CONTENT_FILTER)),
            Optional.empty(),
            AnswerShape.CHAT,
            new Usage(0, 0, 0),
            new Timings(0, 0, 0, 0),
            Optional.of(origin));
    String whole = text(serialize(ChatTopic.BLOCKED, event, 4000, false));
    assertThat(whole).contains("\"request\":{\"a\":\"xxx").doesNotContain("omitted");
    ProducerRecord<byte[], byte[]> shorter = serialize(ChatTopic.BLOCKED, event, 1000, false);
    assertThat(text(shorter)).contains("\"omitted\":\"request\"").doesNotContain("xxx");
    assertThat(shorter.headers().lastHeader("mistral.source").value())
        .isEqualTo("p-1-2".getBytes(UTF_8));
  }

  private static String text(ProducerRecord<byte[], byte[]> record) {
    return new String(record.value(), UTF_8);
  }

  private static Completed completed(String text) {
    return completed(new Answer(text, FinishReason.STOP));
  }

  private static Completed completed(Answer answer) {
    SourceRecord origin =
        new SourceRecord(
            "p", 1, 2, null, null, List.of(new SourceRecord.Header("trace", "t".getBytes(UTF_8))));
    return new Completed(
        "r",
        "c",
        "m",
        "fp",
        List.of(answer),
        Optional.empty(),
        AnswerShape.CHAT,
        new Usage(1, 0, 1),
        new Timings(0, 0, 0, 0),
        Optional.of(origin));
  }

  private ProducerRecord<byte[], byte[]> letter(Rejected event, int maxBytes, boolean compacted) {
    return serialize(ChatTopic.DEAD_LETTERS, event, maxBytes, compacted);
  }

  private ProducerRecord<byte[], byte[]> answer(
      CompletionEvent event, int maxBytes, boolean compacted) {
    return serialize(ChatTopic.COMPLETIONS, event, maxBytes, compacted);
  }

  private ProducerRecord<byte[], byte[]> serialize(
      ChatTopic topic, CompletionEvent event, int maxBytes, boolean compacted) {
    EventSerializer serializer =
        new EventSerializer(
            Map.of(topic, "a"),
            fitting(new TopicLimits("a", maxBytes, compacted)),
            new Replies(ReplyRule.of(new Configuration()), new Properties()));
    return serializer.serialize(Tuple2.of(topic, event), null, null);
  }

  private FittingRecords fitting(TopicLimits topic) {
    FittingRecords fitting = new FittingRecords(new Properties());
    fitting.open(
        new UnregisteredMetricsGroup() {
          @Override
          public Counter counter(String name) {
            counters.put(name, new SimpleCounter());
            return counters.get(name);
          }
        },
        Map.of(topic.topic(), topic));
    return fitting;
  }

  private static Map<String, String> texts(ProducerRecord<byte[], byte[]> record) {
    Map<String, String> texts = new HashMap<>();
    for (Header header : record.headers()) {
      texts.put(header.key(), new String(header.value(), UTF_8));
    }
    return texts;
  }
}
