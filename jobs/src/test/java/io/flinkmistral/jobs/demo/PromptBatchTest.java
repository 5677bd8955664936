package io.flinkmistral.jobs.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.client.ChatClient;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lines of requests through broker, Flink and operator. The small model's conversations are asked
 * with each turn as a request of its own, so that what was said before comes out of keyed state,
 * and measured against the answers that came with the model; see its README.
 */
class PromptBatchTest {
  private static final Path FOLDER = Path.of("..", "operator", "src", "tiny-mistral");
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final int CONVERSATIONS = 20;

  /** Q8_0 weights and keys in f16 against float32. */
  private static final double MAY_DIFFER = 0.02;

  @TempDir private static Path brokerFolder;
  @TempDir private static Path flinkFolder;
  private static LocalSystem system;
  private static Configuration options;

  private final ByteArrayOutputStream answers = new ByteArrayOutputStream();
  private final ByteArrayOutputStream messages = new ByteArrayOutputStream();

  @BeforeAll
  static void start() throws Exception {
    system = LocalSystem.start(brokerFolder, flinkFolder);
    options =
        JobArguments.parse(
            Map.of(),
            "--kafka.bootstrap-servers=" + system.bootstrapServers(),
            "--checkpoint.interval=500ms",
            "--model.path=" + FOLDER.resolve("tiny-mistral.q8_0.gguf").toAbsolutePath());
    system.submitChatJob(options);
  }

  @AfterAll
  static void stop() throws Exception {
    system.close();
  }

  @Test
  void answersAsTheModelShould() throws Exception {
    Map<String, String> reference = new LinkedHashMap<>();
    assertThat(run(requests(reference))).isZero();

    Map<String, JsonNode> answered = answersById();
    assertThat(answered.keySet()).isEqualTo(reference.keySet());
    List<String> differing =
        reference.keySet().stream()
            .filter(id -> !reference.get(id).equals(content(answered.get(id))))
            .toList();
    assertThat(differing.size())
        .as("answers that differ of %d: %s", reference.size(), differing)
        .isLessThanOrEqualTo((int) (MAY_DIFFER * reference.size()));
    assertThat(answered.values())
        .as("some turn found its conversation's keys in state")
        .anyMatch(a -> a.at("/usage/prompt_tokens_details/cached_tokens").asInt() > 0);
  }

  @Test
  void tellsWhichLinesHaveNoAnswer() throws Exception {
    String lines =
        "oops\n\n" + request("r", "c", "What is seven plus two?") + "{\"request_id\": [5]}\n";
    assertThat(run(lines)).isEqualTo(2);
    assertThat(answersById().keySet()).containsExactly("r");
    assertThat(messages.toString(UTF_8))
        .contains("demo: line 1 has no answer: the record is no JSON")
        .contains("demo: line 4 has no answer: conversation_id is missing");
  }

  @Test
  void aLineThatStandsTwiceIsAnsweredOnce() throws Exception {
    String line = request("twice", "c2", "What is seven plus two?");
    String elsewhere = request("twice", "c3", "What is seven plus two?");
    assertThat(run(line + line + elsewhere + line)).isZero();
    assertThat(answers.toString(UTF_8).lines()).hasSize(2);
    assertThat(messages.toString(UTF_8))
        .contains("line 2 is not sent: it has request_id and conversation_id of line 1")
        .contains("line 4 is not sent: it has request_id and conversation_id of line 1");
  }

  private int run(String lines) throws Exception {
    try (ChatClient client = new ChatClient(options, true)) {
      PromptBatch batch =
          new PromptBatch(
              system,
              client,
              new PrintStream(answers, true, UTF_8),
              new PrintStream(messages, true, UTF_8),
              "line-");
      return batch.run(new ByteArrayInputStream(lines.getBytes(UTF_8)));
    }
  }

  private Map<String, JsonNode> answersById() {
    Map<String, JsonNode> result = new HashMap<>();
    answers
        .toString(UTF_8)
        .lines()
        .map(MAPPER::readTree)
        .forEach(a -> result.put(a.get("request_id").stringValue(), a));
    return result;
  }

  private static String requests(Map<String, String> reference) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (String line : Files.readAllLines(FOLDER.resolve("eval.jsonl")).subList(0, CONVERSATIONS)) {
      JsonNode conversation = MAPPER.readTree(line);
      String conversationId = conversation.get("conversation_id").stringValue();
      int number = 0;
      for (JsonNode turn : conversation.get("turns").values()) {
        String requestId = conversationId + "/" + number++;
        reference.put(requestId, turn.get("reference").stringValue());
        lines.append(request(requestId, conversationId, turn.get("user").stringValue()));
      }
    }
    return lines.toString();
  }

  private static String request(String requestId, String conversationId, String user) {
    return "{\"request_id\": %s, \"conversation_id\": %s, \"messages\": [{\"role\": \"user\", \"content\": %s}]}\n"
        .formatted(
            MAPPER.writeValueAsString(requestId),
            MAPPER.writeValueAsString(conversationId),
            MAPPER.writeValueAsString(user));
  }

  private static String content(JsonNode answer) {
    return answer.at("/choices/0/message/content").asString();
  }
}
