package io.flinkmistral.table.declaration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.table.column.OutputColumn;
import io.flinkmistral.table.prediction.Prediction;
import io.flinkmistral.table.provider.Advice;
import io.flinkmistral.table.provider.CallSettings;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.ScoringTask;
import io.flinkmistral.task.prompt.ContextOverflow;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.catalog.CatalogModel;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code CREATE MODEL} may say. The model's file is on no machine. */
class ModelDeclarationTest {
  private static final ResolvedSchema TEXT =
      ResolvedSchema.of(Column.physical("text", DataTypes.STRING()));
  private static final ResolvedSchema ANSWER =
      ResolvedSchema.of(Column.physical("answer", DataTypes.STRING()));

  private static Prediction read(ResolvedSchema input, ResolvedSchema output, String... options) {
    Map<String, String> given = new HashMap<>(Map.of("model.path", "/nowhere/model.gguf"));
    for (int i = 0; i < options.length; i += 2) {
      given.put(options[i], options[i + 1]);
    }
    ResolvedCatalogModel model =
        ResolvedCatalogModel.of(
            CatalogModel.of(
                Schema.newBuilder().fromResolvedSchema(input).build(),
                Schema.newBuilder().fromResolvedSchema(output).build(),
                given,
                ""),
            input,
            output);
    return ModelDeclaration.read("m", model, new Configuration());
  }

  private static void assertRefused(ResolvedSchema output, String message, String... options) {
    assertThatThrownBy(() -> read(TEXT, output, options))
        .isInstanceOf(ValidationException.class)
        .hasNoCause()
        .hasMessageStartingWith("model m: ")
        .hasMessageContaining(message);
  }

  @Test
  void listsHaveWhateverNames() {
    Prediction prediction = read(TEXT, ANSWER, "task", "classify", "labels", "\"a, b\", 'c; d', e");
    assertThat(((ClassificationTask) prediction.task()).labels())
        .containsExactly(new Label("a, b", ""), new Label("c; d", ""), new Label("e", ""));
    assertRefused(
        ANSWER,
        "option labels has a quote at character 4 that does not end",
        "task",
        "classify",
        "labels",
        "a, \"b");
    assertRefused(ANSWER, "option stop has nothing at character 1", "stop", ";");
  }

  @Test
  void optionsBecomeTheTaskTheyName() {
    Prediction completion =
        read(
            TEXT,
            ANSWER,
            "prompt",
            "Translate: {{text}}",
            "system-prompt",
            "Be brief.",
            "temperature",
            "0.7",
            "top-p",
            "0.9",
            "seed",
            "7",
            "stop",
            "[\"\\n\", \",\"]",
            "max-tokens",
            "30",
            "max-context-size",
            "500",
            "context-overflow-action",
            "truncated-head",
            "kv.type",
            "f32");
    assertThat(completion.template())
        .isEqualTo(PromptTemplate.of("Translate: {{text}}").withSystemPrompt("Be brief."));
    assertThat(((CompletionTask) completion.task()).decoding())
        .hasToString(
            "DecodingSettings[temperature=0.7, topP=0.9, seed=7, stop=[\n, ,], maxTokens=30]");
    assertThat(completion.limits().overflow()).isEqualTo(ContextOverflow.TRUNCATED_HEAD);
    assertThat(completion.limits().maxContext()).isEqualTo(500);
    assertThat(completion.engine())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("model.path", "/nowhere/model.gguf", "kv.type", "f32"));
    assertThat(completion.failover()).isFalse();
  }

  @Test
  void labelsComeInSeveralForms() {
    for (String labels :
        List.of("bug: it fails; praise", "{\"bug\": \"it fails\", \"praise\": \"\"}")) {
      ClassificationTask task =
          (ClassificationTask)
              read(TEXT, ANSWER, "task", "classify", "labels", labels, "min-probability", "0.4")
                  .task();
      assertThat(task.labels())
          .containsExactly(new Label("bug", "it fails"), new Label("praise", ""));
      assertThat(task.choice()).isEqualTo(new ClassificationTask.One(0.4));
    }
    ClassificationTask many =
        (ClassificationTask)
            read(
                    TEXT,
                    ResolvedSchema.of(
                        Column.physical("l", DataTypes.ARRAY(DataTypes.STRING())),
                        Column.physical(
                            "p", DataTypes.MAP(DataTypes.STRING(), DataTypes.DOUBLE()))),
                    "task",
                    "classify",
                    "labels",
                    "bug, praise",
                    "multi-label",
                    "true",
                    "threshold",
                    "0.3",
                    "examples",
                    "[{\"text\": \"It fails.\", \"labels\": [\"bug\"]}]")
                .task();
    assertThat(many.choice()).isEqualTo(new ClassificationTask.Any(0.3));
    assertThat(many.examples())
        .singleElement()
        .hasToString("Example[columns={text=It fails.}, labels=[bug]]");
  }

  @Test
  void outputIsTheSchemaWithItsComments() {
    Prediction extraction =
        read(
            TEXT,
            ResolvedSchema.of(
                Column.physical("name", DataTypes.STRING()).withComment("first name"),
                Column.physical("age", DataTypes.INT()),
                Column.physical("error_string", DataTypes.STRING())),
            "task",
            "extract");
    assertThat(((ExtractionTask) extraction.task()).schema().fields())
        .hasToString(
            "[Field[name=name, type=Text[maxLength=0], nullable=true, comment=first name],"
                + " Field[name=age, type=INT32, nullable=true, comment=]]");
    assertThat(extraction.outputs())
        .extracting(OutputColumn::source)
        .containsExactly(
            OutputColumn.Source.FIELD, OutputColumn.Source.FIELD, OutputColumn.Source.ERROR);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          temperature | hot     | option temperature cannot be "hot": it must be 0 to 100
          top-p       | 0       | option top-p cannot be "0"
          task        | sing    | option task cannot be "sing": it must be completion, classify, extract, score, embedding or moderate
          stop        | [1]     | option stop must have texts, but has 1
          labels      | a, b    | option labels is none of task completion, but of classify
          kv.type     | f64     | option kv.type cannot be "f64"
          systemprompt| x       | there is no option systemprompt; did you mean system-prompt?
          prompt      | Hi      | the prompt names no column
          prompt      | {{txt}} | names the column "txt", which is not among text; did you mean text?
          error-handling-strategy | retry | it must be ignore or failover
          """)
  void whatOptionsCannotBeIsSaidInALine(String option, String value, String message) {
    assertRefused(ANSWER, message, option, value);
  }

  @Test
  void columnsThatHaveNoPlaceAreRefused() {
    assertRefused(
        ResolvedSchema.of(Column.physical("n", DataTypes.INT())),
        "column n of OUTPUT is of type INT, but with task completion it must be STRING");
    assertRefused(
        ResolvedSchema.of(
            Column.physical("a", DataTypes.STRING()), Column.physical("b", DataTypes.STRING())),
        "column b of OUTPUT would have what another column has");
    assertRefused(
        ResolvedSchema.of(Column.physical("error_string", DataTypes.STRING())),
        "OUTPUT has no column for the result");
    assertRefused(
        ResolvedSchema.of(Column.physical("a", DataTypes.STRING().notNull())),
        "column a of OUTPUT is NOT NULL");
    assertRefused(
        ResolvedSchema.of(Column.physical("a", DataTypes.BYTES())),
        "column a of OUTPUT is of type BYTES",
        "task",
        "extract");
    assertRefused(
        ANSWER, "option labels is missing, which task classify needs", "task", "classify");
    assertRefused(
        ANSWER, "the label \"a\" is there twice", "task", "classify", "labels", "a, b, a");
  }

  @Test
  void templatesAndTasksThatDoNotGoTogetherAreRefusedWhenPlanned() {
    ResolvedSchema vector =
        ResolvedSchema.of(Column.physical("v", DataTypes.ARRAY(DataTypes.FLOAT())));
    assertRefused(
        ANSWER,
        "labels are answers to a user's message",
        "task",
        "classify",
        "labels",
        "a, b",
        "prompt-form",
        "text");
    assertRefused(
        vector, "without a system prompt", "task", "embedding", "system-prompt", "Be brief.");
    assertRefused(
        ANSWER,
        "an example has the columns [txt], but the prompt has [text]",
        "task",
        "classify",
        "labels",
        "a, b",
        "examples",
        "[{\"txt\": \"It fails.\", \"label\": \"a\"}]");
    assertRefused(
        ANSWER,
        "no place where the model is told of the fields",
        "task",
        "extract",
        "prompt-form",
        "text");
    Prediction told =
        read(
            TEXT,
            ANSWER,
            "task",
            "extract",
            "prompt-form",
            "text",
            "prompt",
            "answer of {{text}}: ",
            "instruction",
            "false");
    assertThat(((ExtractionTask) told.task()).shown()).isFalse();
  }

  @Test
  void labelsOfAnExampleAreAList() {
    ResolvedSchema labels =
        ResolvedSchema.of(Column.physical("l", DataTypes.ARRAY(DataTypes.STRING())));
    assertRefused(
        labels,
        "labels of an example are a JSON list, but one has \"bug\"",
        "task",
        "classify",
        "labels",
        "bug, praise",
        "multi-label",
        "true",
        "examples",
        "[{\"text\": \"It fails.\", \"labels\": \"bug\"}]");
  }

  @Test
  void aContinuationMayHaveBracesAndNoColumn() {
    ResolvedSchema score = ResolvedSchema.of(Column.physical("p", DataTypes.DOUBLE()));
    assertThat(read(TEXT, score, "task", "score", "continuation", "{{'{{'}}").task())
        .isEqualTo(new ScoringTask("{{'{{'}}"));
    assertRefused(
        score,
        "continuation names the column \"txt\", which is not among text",
        "task",
        "score",
        "continuation",
        "{{txt}}");
  }

  @Test
  void aRowsTimeIsBelowFlinks() {
    Configuration session = new Configuration();
    CallSettings calls = CallSettings.of(new Configuration(), session);
    assertThat(calls.deadline(Optional.empty())).contains(Duration.ofSeconds(170));
    assertThat(calls.deadline(Optional.of(Duration.ofSeconds(5)))).contains(Duration.ofSeconds(5));
    assertThat(calls.deadline(Optional.of(Duration.ofHours(1)))).contains(Duration.ofSeconds(170));
    session.set(ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_TIMEOUT, Duration.ofSeconds(1));
    assertThat(CallSettings.of(new Configuration(), session).deadline(Optional.empty()))
        .contains(Duration.ofMillis(900));
    Configuration call = Configuration.fromMap(Map.of("timeout", "20 s"));
    assertThat(CallSettings.of(call, session).deadline(Optional.empty()))
        .contains(Duration.ofSeconds(18));
  }

  @Test
  void settingsThatDoNotFitAreToldWhenPlanned() {
    Prediction prediction = read(TEXT, ANSWER);
    CallSettings calls = new CallSettings(Duration.ofMinutes(3), 10);
    assertThat(Advice.ofAsync(prediction, Optional.empty(), calls)).isEmpty();
    assertThat(Advice.ofAsync(prediction, Optional.of(Duration.ofMinutes(4)), calls))
        .singleElement()
        .asString()
        .startsWith(
            "option timeout is 4 min, but Flink fails the job after 3 min: rows end after 170 s");
    assertThat(
            Advice.ofAsync(
                prediction, Optional.empty(), new CallSettings(Duration.ofMinutes(3), 17)))
        .singleElement()
        .asString()
        .contains("17 calls", "16 of all subtasks");
    assertThat(Advice.ofBlocking(Configuration.fromMap(Map.of("timeout", "3 s")))).hasSize(2);
  }
}
