package io.flinkmistral.jobs.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The small model's conversations through broker and operator, each turn a request of its own, so
 * that what was said before comes out of keyed state. Measured against the answers that came with
 * the model; see its README.
 */
class EvaluationTest {
  private static final Path FOLDER = Path.of("..", "operator", "src", "tiny-mistral");
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final int CONVERSATIONS = 20;

  /** Q8_0 weights and keys in f16 against float32. */
  private static final double MAY_DIFFER = 0.02;

  @TempDir private Path brokerFolder;
  @TempDir private Path flinkFolder;

  @Test
  void answersAsTheModelShould() throws Exception {
    Map<String, String> reference = new LinkedHashMap<>();
    Map<String, JsonNode> answers = answers(requests(reference));

    assertThat(answers.keySet()).isEqualTo(reference.keySet());
    List<String> differing =
        reference.keySet().stream()
            .filter(id -> !reference.get(id).equals(content(answers.get(id))))
            .toList();
    assertThat(differing.size())
        .as("answers that differ of %d: %s", reference.size(), differing)
        .isLessThanOrEqualTo((int) (MAY_DIFFER * reference.size()));
    assertThat(answers.values())
        .as("some turn found its conversation's keys in state")
        .anyMatch(a -> a.at("/usage/prompt_tokens_details/cached_tokens").asInt() > 0);
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

  private Map<String, JsonNode> answers(String requests) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (LocalSystem system = LocalSystem.start(brokerFolder, flinkFolder)) {
      Configuration options =
          JobArguments.parse(
              Map.of(),
              "--kafka.bootstrap-servers=" + system.bootstrapServers(),
              "--checkpoint.interval=500ms",
              "--model.path=" + FOLDER.resolve("tiny-mistral.q8_0.gguf").toAbsolutePath());
      system.submitChatJob(options);
      try (ChatClient client = new ChatClient(options)) {
        PrintStream answers = new PrintStream(out, false, UTF_8);
        PromptBatch batch = new PromptBatch(system, client, answers, System.err);
        assertThat(batch.run(new ByteArrayInputStream(requests.getBytes(UTF_8)))).isZero();
      }
    }
    Map<String, JsonNode> answers = new HashMap<>();
    out.toString(UTF_8)
        .lines()
        .map(MAPPER::readTree)
        .forEach(a -> answers.put(a.get("request_id").stringValue(), a));
    return answers;
  }

  private static String content(JsonNode answer) {
    return answer.at("/choices/0/message/content").asString();
  }
}
