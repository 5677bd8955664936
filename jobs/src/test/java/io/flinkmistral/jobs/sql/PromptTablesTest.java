package io.flinkmistral.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.table.MistralTables;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A table of prompts, answered by the small model. */
@Timeout(180)
class PromptTablesTest {
  /** With casts among them, values would be a union of sources, in any order. */
  private static final String PROMPTS =
      """
      SELECT conversation_id, request_id, NULLIF(said, '') AS prompt, NULLIF(most, 0) AS max_tokens, temperature
      FROM (VALUES
        ('c-1', 'r-1', 'My name is Sofia.', 0, 0.0),
        ('c-2', 'r-1', 'Tell me a story about a pink owl called Ben.', 8, 0.0),
        ('c-1', 'r-2', 'Who am I?', 0, 0.0),
        ('c-3', 'r-1', 'Hi', 0, -1.0),
        ('c-3', 'r-2', '', 0, 0.0)
      ) AS v(conversation_id, request_id, said, most, temperature)\
      """;

  @TempDir private static Path folder;
  private static LocalFlink flink;

  @BeforeAll
  static void start() throws Exception {
    flink = TestTables.startFlink(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
  }

  private static StreamTableEnvironment tables(int parallelism, RuntimeExecutionMode mode) {
    return TestTables.of(flink, parallelism, mode).tables();
  }

  /** By conversation and request. */
  private static Map<String, Row> answers(int parallelism) throws Exception {
    StreamTableEnvironment tables = tables(parallelism, RuntimeExecutionMode.STREAMING);
    tables.createTemporaryView(
        "answers",
        MistralTables.answer(
            tables,
            tables.sqlQuery(PROMPTS),
            new Configuration().set(MistralOptions.MAX_TOKENS, 24)));
    Map<String, Row> answers = new HashMap<>();
    CloseableIterator<Row> rows =
        tables.executeSql("SELECT * FROM answers WHERE request_id LIKE 'r-%'").collect();
    rows.forEachRemaining(
        row ->
            answers.put(
                "%s %s".formatted(row.getField("conversation_id"), row.getField("request_id")),
                row));
    rows.close();
    return answers;
  }

  @Test
  void promptsAreAnsweredInTheirConversations() throws Exception {
    Map<String, Row> answers = answers(1);
    assertThat(answers).containsOnlyKeys("c-1 r-1", "c-1 r-2", "c-2 r-1", "c-3 r-1", "c-3 r-2");
    assertThat(answers.get("c-1 r-1").getField("answer"))
        .isEqualTo("Hello Sofia, nice to meet you.");
    assertThat((String) answers.get("c-1 r-2").getField("answer")).contains("Sofia");
    assertThat((int) answers.get("c-1 r-2").getField("prompt_tokens"))
        .isGreaterThan(tokensOf(answers.get("c-1 r-1")));
    assertThat(answers.get("c-2 r-1").getField("finish_reason")).isEqualTo("length");
    assertThat(answers.get("c-2 r-1").getField("completion_tokens")).isEqualTo(8);
    assertThat((String) answers.get("c-3 r-1").getField("error_string"))
        .startsWith("invalid_request: temperature must be from 0 to 100");
    assertThat((String) answers.get("c-3 r-2").getField("error_string"))
        .isEqualTo("invalid_request: prompt is NULL or empty");
    // One reader of VALUES spreads its rows over four, which keep no order among them.
    assertThat(withoutOrder(answers(4))).isEqualTo(withoutOrder(answers));
  }

  /** Of conversations whose answers are the same in any order of their prompts. */
  private static String withoutOrder(Map<String, Row> answers) {
    Map<String, Row> some = new TreeMap<>(answers);
    some.keySet().removeIf(key -> key.startsWith("c-1"));
    return some.toString();
  }

  private static int tokensOf(Row answer) {
    return (int) answer.getField("prompt_tokens") + (int) answer.getField("completion_tokens");
  }

  @Test
  void tablesThatAreNoPromptsAreRefused() {
    StreamTableEnvironment tables = tables(1, RuntimeExecutionMode.STREAMING);
    for (Map.Entry<String, String> refused :
        Map.of(
                "SELECT 'a' AS conversation_id, 'b' AS request_id",
                "no column prompt",
                "SELECT 'a' AS conversation_id, 'b' AS request_id, 'c' AS promt",
                "did you mean prompt?",
                "SELECT 'a' AS conversation_id, 1 AS request_id, 'c' AS prompt",
                "column request_id of the prompts is of type INT NOT NULL, but must be STRING",
                "SELECT conversation_id, MAX(request_id) AS request_id, MAX(prompt) AS prompt FROM"
                    + " (%s) GROUP BY conversation_id".formatted(PROMPTS),
                "doesn't support consuming update")
            .entrySet()) {
      assertThatThrownBy(
              () ->
                  MistralTables.answer(
                      tables, tables.sqlQuery(refused.getKey()), new Configuration()))
          .hasMessageContaining(refused.getValue());
    }
  }

  /** The names that the document has. */
  @Test
  void answersHaveTheseColumns() {
    StreamTableEnvironment tables = tables(1, RuntimeExecutionMode.STREAMING);
    Set<String> columns =
        new HashSet<>(
            MistralTables.answer(tables, tables.sqlQuery(PROMPTS), new Configuration())
                .getResolvedSchema()
                .getColumnNames());
    assertThat(columns)
        .containsExactlyInAnyOrder(
            "conversation_id",
            "request_id",
            "answer",
            "finish_reason",
            "prompt_tokens",
            "cached_tokens",
            "completion_tokens",
            "error_string");
  }
}
