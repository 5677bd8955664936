package io.flinkmistral.jobs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.json.OpenAiTypes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The whole job on a real broker. All tests share one job, so what one does must not stop it. */
class ChatPipelineTest {
  @TempDir private static Path folder;
  private static RunningChatJob job;

  @BeforeAll
  static void start() throws Exception {
    job = RunningChatJob.start(folder, "--request.max-bytes=2000", "--context.limit=512");
  }

  @AfterAll
  static void stop() throws Exception {
    for (String topic : List.of("completions", "tokens")) {
      allIsOfOpenAisTypes(topic);
    }
    job.close();
  }

  /** Whatever the tests have asked for. */
  private static void allIsOfOpenAisTypes(String topic) {
    try (TopicProbe probe = probe(topic)) {
      int read = 0;
      while (!probe.isAtEnd()) {
        for (ConsumerRecord<byte[], byte[]> record : probe.poll(Duration.ofMillis(200))) {
          JsonNode answer = TopicProbe.json(record);
          assertThat(OpenAiTypes.errors(answer)).as(answer.toString()).isEmpty();
          read++;
        }
      }
      assertThat(read).as(topic).isPositive();
    }
  }

  @AfterEach
  void theJobGoesOn() {
    job.assertGoesOn();
  }

  @Test
  void answersARequest() throws Exception {
    send(
        "c-1",
        """
        {"request_id": "r-1", "conversation_id": "c-1",
         "messages": [{"role": "user", "content": "What is seven plus two?"}]}\
        """);
    try (TopicProbe completions = probe("completions")) {
      List<ConsumerRecord<byte[], byte[]>> records =
          completions.await(1, r -> requestId(r).equals("r-1"));
      assertThat(records.getFirst().key()).isEqualTo("c-1".getBytes(UTF_8));
      JsonNode answer = TopicProbe.json(records.getFirst());
      assertThat(answer.at("/choices/0/message/content").asString())
          .isEqualTo("Seven plus two is nine.");
      assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
      assertThat(answer.at("/usage/completion_tokens").asInt()).isPositive();
    }
  }

  /** All that a reader of the README can compare: not when, and not how long it took. */
  @Test
  void theReadmesRequestHasTheReadmesAnswer() throws Exception {
    String readme = Files.readString(Path.of("..", "README.md"), UTF_8);
    List<String> samples =
        Pattern.compile("```json\n(.*?)```", Pattern.DOTALL)
            .matcher(readme)
            .results()
            .map(sample -> sample.group(1))
            .toList();
    send("c-4", samples.get(0));
    try (TopicProbe completions = probe("completions")) {
      JsonNode answer = completions.awaitOfRequest(1, "r-17").getFirst();
      assertThat(timeless(answer)).isEqualTo(timeless(new JsonMapper().readTree(samples.get(1))));
    }
  }

  private static JsonNode timeless(JsonNode answer) {
    ObjectNode copy = (ObjectNode) answer.deepCopy();
    copy.put("created", 0);
    ObjectNode timings = (ObjectNode) copy.get("timings");
    List.copyOf(timings.propertyNames()).forEach(name -> timings.put(name, 0));
    return copy;
  }

  @Test
  void streamsThePiecesOfAnAnswer() throws Exception {
    send(
        null,
        """
        {"request_id": "r-2", "conversation_id": "c-2", "stream": true,
         "messages": [{"role": "user", "content": "What is seven plus two?"}]}\
        """);
    try (TopicProbe tokens = probe("tokens");
        TopicProbe completions = probe("completions")) {
      JsonNode answer = completions.awaitOfRequest(1, "r-2").getFirst();
      tokens.await(1, r -> requestId(r).equals("r-2") && TopicProbe.json(r).has("finish_reason"));
      List<JsonNode> pieces = tokens.awaitOfRequest(1, "r-2");
      assertThat(pieces.stream().map(p -> p.get("text").stringValue()).reduce("", String::concat))
          .isEqualTo(answer.at("/choices/0/message/content").asString());
      assertThat(pieces.stream().map(p -> p.get("index").intValue()).toList()).isSorted();
    }
  }

  /** Who reads pieces needs no completion to know all of the answer. */
  @Test
  void piecesHaveAllThatTheAnswerHas() throws Exception {
    send(
        "c-20",
        """
        {"request_id": "r-20", "conversation_id": "c-20", "stream": true, "stream_options": {"include_usage": true},
         "logprobs": true, "top_logprobs": 2, "presence_penalty": 0.5, "user": "u-1", "metadata": {"job": "7"},
         "messages": [{"role": "user", "content": "Spell the word bell."},
                      {"role": "assistant", "content": "b-e", "prefix": true}]}\
        """);
    try (TopicProbe tokens = probe("tokens");
        TopicProbe completions = probe("completions")) {
      JsonNode answer = completions.awaitOfRequest(1, "r-20").getFirst();
      assertThat(answer.at("/choices/0/message/content").asString()).isEqualTo("-l-l");
      assertThat(answer.path("user").asString()).isEqualTo("u-1");
      assertThat(answer.at("/metadata/job").asString()).isEqualTo("7");
      JsonNode content = answer.at("/choices/0/logprobs/content");
      assertThat(content.get(0).get("top_logprobs")).hasSize(2);
      tokens.await(1, r -> requestId(r).equals("r-20") && TopicProbe.json(r).has("finish_reason"));
      Map<Integer, JsonNode> pieces = new TreeMap<>(); // At least once: each index counts once.
      tokens.awaitOfRequest(1, "r-20").forEach(p -> pieces.put(p.get("index").intValue(), p));
      List<JsonNode> told = new ArrayList<>();
      pieces.values().forEach(p -> p.at("/logprobs/content").values().forEach(told::add));
      assertThat(told).containsExactlyElementsOf(content.values());
      JsonNode last = List.copyOf(pieces.values()).getLast();
      assertThat(last.path("finish_reason").asString()).isEqualTo("stop");
      assertThat(last.path("usage")).isEqualTo(answer.path("usage"));
    }
  }

  @Test
  void goesOnWithATextThatHasNoMessages() throws Exception {
    for (String request :
        List.of(
            "\"request_id\": \"r-21\", \"prompt\": \"Once upon a time\", \"logprobs\": 1",
            "\"request_id\": \"r-22\", \"prompt\": \", said Ben\"")) {
      send("c-21", "{\"conversation_id\": \"c-21\", \"max_tokens\": 5, " + request + "}");
    }
    try (TopicProbe completions = probe("completions")) {
      JsonNode first = completions.awaitOfRequest(1, "r-21").getFirst();
      assertThat(first.path("object").asString()).isEqualTo("text_completion");
      assertThat(first.path("id").asString()).startsWith("cmpl-");
      assertThat(first.at("/choices/0/text").asString()).startsWith(" ");
      assertThat(first.at("/choices/0/logprobs/tokens")).hasSize(5);
      JsonNode second = completions.awaitOfRequest(1, "r-22").getFirst();
      int before = first.at("/usage/total_tokens").asInt();
      assertThat(second.at("/usage/prompt_tokens").asInt()).isGreaterThan(before);
    }
  }

  @Test
  void givesSeveralAnswersToOneRequest() throws Exception {
    String request =
        """
        {"request_id": "r-n%1$d", "conversation_id": "c-n%1$d", "n": %1$d, "seed": 3, "temperature": 5, "max_tokens": 12,
         "stream": true, "logprobs": true, "prompt_logprobs": 1, "messages": [{"role": "user", "content": "Hi"}]}\
        """;
    for (int n : new int[] {1, 5}) {
      send("c-n" + n, request.formatted(n));
    }
    try (TopicProbe completions = probe("completions");
        TopicProbe tokens = probe("tokens")) {
      JsonNode one = completions.awaitOfRequest(1, "r-n1").getFirst();
      JsonNode five = completions.awaitOfRequest(1, "r-n5").getFirst();
      assertThat(five.at("/choices/0")).isEqualTo(one.at("/choices/0"));
      assertThat(
              five.get("choices").values().stream().map(choice -> choice.get("index").intValue()))
          .containsExactly(0, 1, 2, 3, 4);
      assertThat(
              five.get("choices").values().stream().map(c -> c.at("/message/content")).distinct())
          .hasSize(5);
      assertThat(five.get("prompt_logprobs")).isEqualTo(one.get("prompt_logprobs"));
      assertThat(five.get("prompt_logprobs")).hasSize(five.at("/usage/prompt_tokens").intValue());
      Map<Integer, StringBuilder> texts = new TreeMap<>();
      int completionTokens = 0;
      tokens.await(5, r -> requestId(r).equals("r-n5") && TopicProbe.json(r).has("finish_reason"));
      for (JsonNode piece : tokens.awaitOfRequest(1, "r-n5")) {
        texts
            .computeIfAbsent(piece.get("choice").intValue(), choice -> new StringBuilder())
            .append(piece.get("text").stringValue());
        completionTokens += piece.at("/usage/completion_tokens").asInt(0);
      }
      texts.forEach(
          (choice, text) ->
              assertThat(text)
                  .hasToString(
                      five.at("/choices/%d/message/content".formatted(choice)).asString()));
      assertThat(texts).hasSize(5);
      assertThat(five.at("/usage/completion_tokens").intValue()).isEqualTo(completionTokens);
    }
  }

  @Test
  void anAnswerIsOfTheSchemaThatItsRequestBrings() throws Exception {
    send(
        "c-form",
        """
        {"request_id": "r-form", "conversation_id": "c-form", "stream": true, "temperature": 1,
         "messages": [{"role": "user", "content": "My name is Sofia. Who am I?"}],
         "response_format": {"type": "json_schema", "json_schema": {"name": "person", "strict": true, "schema":
           {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9},
            "age": {"type": "integer", "minimum": 0, "maximum": 120}},
            "required": ["name", "age"], "additionalProperties": false}}}}\
        """);
    send(
        "c-no-form",
        """
        {"request_id": "r-no-form", "conversation_id": "c-no-form",
         "messages": [{"role": "user", "content": "Hi"}],
         "structured_outputs": {"json": {"type": "array", "contains": {"type": "string"}}}}\
        """);
    try (TopicProbe completions = probe("completions");
        TopicProbe tokens = probe("tokens")) {
      JsonNode answer = completions.awaitOfRequest(1, "r-form").getFirst();
      String text = answer.at("/choices/0/message/content").asString();
      JsonNode person = new JsonMapper().readTree(text);
      assertThat(person.get("name").stringValue()).hasSizeLessThan(10);
      assertThat(person.get("age").intValue()).isBetween(0, 120);
      assertThat(person.size()).isEqualTo(2);
      assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
      tokens.await(
          1, r -> requestId(r).equals("r-form") && TopicProbe.json(r).has("finish_reason"));
      assertThat(
              tokens.awaitOfRequest(1, "r-form").stream()
                  .map(piece -> piece.get("text").stringValue())
                  .reduce("", String::concat))
          .isEqualTo(text);
      JsonNode refusal = completions.awaitOfRequest(1, "r-no-form").getFirst();
      assertThat(refusal.at("/error/message").asString()).contains("contains");
    }
  }

  @Test
  void setsABadRecordAsideAndTellsWhoAsked() throws Exception {
    byte[] value =
        """
        {"request_id": "r-3", "conversation_id": "c-3", "max_tokens": -1,
         "messages": [{"role": "user", "content": "Hi"}]}\
        """
            .getBytes(UTF_8);
    Header own = new RecordHeader("traceparent", new byte[] {0, (byte) 0xff});
    RecordMetadata sent =
        job.producer()
            .send(new ProducerRecord<>("prompts", null, "c-3".getBytes(UTF_8), value, List.of(own)))
            .get();
    try (TopicProbe deadLetters = probe("dead-letters");
        TopicProbe completions = probe("completions")) {
      ConsumerRecord<byte[], byte[]> letter =
          deadLetters.await(1, r -> Arrays.equals(r.value(), value)).getFirst();
      assertThat(letter.key()).isEqualTo("c-3".getBytes(UTF_8));
      assertThat(letter.headers().lastHeader("traceparent")).isEqualTo(own);
      String message = "max_tokens must be 1 or more, but is -1";
      assertThat(errorHeaders(letter))
          .isEqualTo(
              Map.of(
                  "exception",
                  "io.flinkmistral.protocol.InvalidRequestException",
                  "message",
                  message,
                  "stacktrace",
                  "io.flinkmistral.protocol.InvalidRequestException",
                  "topic",
                  "prompts",
                  "partition",
                  Integer.toString(sent.partition()),
                  "offset",
                  Long.toString(sent.offset())));
      ConsumerRecord<byte[], byte[]> error =
          completions.await(1, r -> requestId(r).equals("r-3")).getFirst();
      assertThat(error.headers().lastHeader("traceparent")).isEqualTo(own);
      assertThat(new String(error.headers().lastHeader("mistral.source").value(), UTF_8))
          .isEqualTo("prompts-%d-%d".formatted(sent.partition(), sent.offset()));
      assertThat(TopicProbe.json(error).toString())
          .isEqualTo(
              """
              {"request_id":"r-3","conversation_id":"c-3","error":{"message":"%s",\
              "type":"invalid_request_error","param":"max_tokens","code":"invalid_request"}}\
              """
                  .formatted(message));
    }
  }

  @Test
  void setsAsideEveryKindOfBadRecord() throws Exception {
    String hi = "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]";
    List<byte[]> bad = new ArrayList<>();
    bad.add("no JSON".getBytes(UTF_8));
    bad.add("{\"conversation_id\": \"\u00e9\"}".getBytes(ISO_8859_1));
    bad.add(("{" + hi + "}").getBytes(UTF_8));
    bad.add(
        "{\"conversation_id\": \"c\", \"messages\": [{\"role\": \"robot\", \"content\": \"Hi\"}]}"
            .getBytes(UTF_8));
    bad.add(("{\"conversation_id\": \"c\", " + hi + "}" + " ".repeat(2000)).getBytes(UTF_8));
    for (byte[] value : bad) {
      job.producer().send(new ProducerRecord<>("prompts", value)).get();
    }
    try (TopicProbe deadLetters = probe("dead-letters")) {
      for (byte[] value : bad) {
        assertThat(deadLetters.await(1, r -> Arrays.equals(r.value(), value))).hasSize(1);
      }
    }
  }

  @Test
  void setsAsideARecordThatHasNeitherKeyNorValue() throws Exception {
    job.producer().send(new ProducerRecord<>("prompts", null, null)).get();
    try (TopicProbe deadLetters = probe("dead-letters")) {
      ConsumerRecord<byte[], byte[]> letter =
          deadLetters.await(1, r -> r.value() == null).getFirst();
      assertThat(letter.key()).isNull();
      assertThat(errorHeaders(letter))
          .containsEntry("message", "the record has neither key nor value");
    }
  }

  @Test
  void setsAsideWhatTheOperatorRefuses() throws Exception {
    String value =
        """
        {"request_id": "r-4", "conversation_id": "c-4",
         "messages": [{"role": "user", "content": "%s"}]}\
        """
            .formatted("too long ".repeat(200));
    send("c-4", value);
    try (TopicProbe deadLetters = probe("dead-letters");
        TopicProbe completions = probe("completions")) {
      assertThat(deadLetters.await(1, r -> Arrays.equals(r.value(), value.getBytes(UTF_8))))
          .hasSize(1);
      assertThat(completions.awaitOfRequest(1, "r-4").getFirst().at("/error/message").asString())
          .contains("but the context holds 512");
    }
  }

  private static void send(String key, String value) throws Exception {
    byte[] bytes = key == null ? null : key.getBytes(UTF_8);
    job.producer().send(new ProducerRecord<>("prompts", bytes, value.getBytes(UTF_8))).get();
  }

  private static TopicProbe probe(String topic) {
    return job.probe(topic);
  }

  private static String requestId(ConsumerRecord<byte[], byte[]> record) {
    return TopicProbe.json(record).path("request_id").asString("");
  }

  private static Map<String, String> errorHeaders(ConsumerRecord<byte[], byte[]> letter) {
    String prefix = "__streams.errors.";
    Map<String, String> result = new HashMap<>();
    for (Header header : letter.headers()) {
      if (header.key().startsWith(prefix)) {
        result.put(header.key().substring(prefix.length()), new String(header.value(), UTF_8));
      }
    }
    return result;
  }
}
