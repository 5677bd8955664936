package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.DecodingSettings;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.field.FieldType;
import java.util.List;
import java.util.Map;

/**
 * A task, and what a user of a server asks it for the same. Labels and names of fields are letters:
 * a model with random weights would write words letter by letter where a grammar holds it to them,
 * and a trained one would not.
 *
 * @param instruction what the model is told before each record
 * @param requests to a server, the usual one first
 */
record Work(String name, String instruction, Task task, List<ServerRequest> requests) {
  private static final String SERVER = "server";

  /** More than the fields below can have. */
  private static final int MOST_FIELD_TOKENS = 160;

  private static final int MOST_CHARACTERS = 24;

  static List<Work> all(int answerTokens) {
    return List.of(classify(), extract(), complete(answerTokens));
  }

  private static Work classify() {
    Map<String, Object> grammar = Map.of("grammar", "root ::= [A-D]");
    return new Work(
        "classify",
        "Answer with A for bills, B for deliveries, C for praise, and D for all else.",
        ClassificationTask.of("A", "B", "C", "D").withoutShownLabels(),
        List.of(
            new ServerRequest(SERVER, 4, grammar, "[A-D]"),
            new ServerRequest(SERVER + "_first_token", 1, grammar, "[A-D]")));
  }

  private static Work extract() {
    String grammar =
        """
        root ::= "{\\"a\\":" whole ",\\"b\\":" truth ",\\"c\\":" date ",\\"d\\":" text "}"
        whole ::= "-"? ("0" | [1-9] [0-9]? | "1" [01] [0-9])
        truth ::= "true" | "false"
        date ::= "\\"20" [0-9] [0-9] "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8]) "\\""
        text ::= "\\"" ([^"\\\\\\x00-\\x1f]){0,%d} "\\""
        """
            .formatted(MOST_CHARACTERS);
    return new Work(
        "extract",
        "Answer with JSON: a is how many, b whether it is urgent, c the day, d what it is about.",
        ExtractionTask.of(
                field("a", FieldType.Whole.INT8),
                field("b", new FieldType.Bool()),
                field("c", FieldType.Temporal.DATE),
                field("d", new FieldType.Text(MOST_CHARACTERS)))
            .withoutShownFields()
            .withDecoding(DecodingSettings.GREEDY.withMaxTokens(MOST_FIELD_TOKENS)),
        List.of(
            new ServerRequest(
                SERVER,
                MOST_FIELD_TOKENS,
                Map.of("grammar", grammar),
                "(?s)\\{\"a\":.*,\"b\":.*,\"c\":.*,\"d\":.*\\}")));
  }

  private static FieldType.Field field(String name, FieldType type) {
    return new FieldType.Field(name, type, false, "");
  }

  private static Work complete(int tokens) {
    return new Work(
        "complete",
        "Answer in one sentence.",
        new CompletionTask(DecodingSettings.GREEDY.withMaxTokens(tokens)),
        List.of(new ServerRequest(SERVER, tokens, Map.of(), "(?s).*")));
  }
}
