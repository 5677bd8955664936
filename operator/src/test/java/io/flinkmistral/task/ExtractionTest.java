package io.flinkmistral.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.FieldType.Field;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fields of records, by the small model, which has learnt to extract some. */
@Timeout(240)
class ExtractionTest {
  private static final PromptTemplate TEXT = PromptTemplate.of("{{text}}");

  /** One of each type, and each as it is read. */
  private static final Map<String, Class<?>> CLASSES =
      Map.ofEntries(
          Map.entry("text", String.class),
          Map.entry("one_of", String.class),
          Map.entry("bool", Boolean.class),
          Map.entry("int8", Byte.class),
          Map.entry("int16", Short.class),
          Map.entry("int32", Integer.class),
          Map.entry("int64", Long.class),
          Map.entry("float32", Float.class),
          Map.entry("float64", Double.class),
          Map.entry("decimal", BigDecimal.class),
          Map.entry("date", LocalDate.class),
          Map.entry("time", LocalTime.class),
          Map.entry("timestamp", LocalDateTime.class),
          Map.entry("instant", Instant.class),
          Map.entry("row", Map.class),
          Map.entry("list", List.class));

  private static final List<Field> ALL =
      List.of(
          required("text", new FieldType.Text(12)),
          required("one_of", new FieldType.OneOf(List.of("a \"quoted\" word", "ü", "c"))),
          required("bool", new FieldType.Bool()),
          required("int8", FieldType.Whole.INT8),
          required("int16", FieldType.Whole.INT16),
          required("int32", FieldType.Whole.INT32),
          required("int64", FieldType.Whole.INT64),
          required("float32", FieldType.Real.FLOAT32),
          required("float64", FieldType.Real.FLOAT64),
          required("decimal", new FieldType.Decimal(7, 2)),
          required("date", FieldType.Temporal.DATE),
          required("time", FieldType.Temporal.TIME),
          required("timestamp", FieldType.Temporal.TIMESTAMP),
          required("instant", FieldType.Temporal.INSTANT),
          required("row", new FieldType.Row(List.of(Field.of("inner", FieldType.Whole.INT8)))),
          required("list", new FieldType.ListOf(new FieldType.OneOf(List.of("x", "y")), true)));

  private static LanguageModel model;
  private static TaskRunner tasks;

  @BeforeAll
  static void load() throws Exception {
    model = TinyTasks.model();
    tasks = new TaskRunner(model, TinyTasks.SETTINGS);
  }

  @AfterAll
  static void close() {
    tasks.close();
    model.close();
  }

  @Test
  void whatTheTextSaysIsFound() {
    BoundTask task =
        tasks.bind(
            PromptTemplate.of("Extract name, city and day as JSON: {{text}}"),
            ExtractionTask.of(
                    required("name", new FieldType.OneOf(List.of("Tom", "Anna"))),
                    required("city", new FieldType.OneOf(List.of("Oslo", "Athens"))),
                    required("day", new FieldType.OneOf(List.of("Friday", "Monday"))))
                .withoutShownFields(),
            TaskLimits.DEFAULT);
    TaskResult.Fields result =
        (TaskResult.Fields) task.run(Map.of("text", "Anna flies to Athens on Monday.")).join();
    assertThat(result.values().keySet()).containsExactly("name", "city", "day");
    assertThat(result.values().values()).containsExactly("Anna", "Athens", "Monday");
  }

  /** Whatever the model would rather say: at this temperature it says anything. */
  @Test
  void rowsAreOfTheirTypesAndOfTheSchema() {
    ExtractionTask task =
        ExtractionTask.of(ALL)
            .withoutShownFields()
            .withDecoding(DecodingSettings.GREEDY.withTemperature(5).withMaxTokens(900));
    BoundTask bound = tasks.bind(TEXT, task, TaskLimits.DEFAULT);
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(FieldSchema.of(task.schema()));
    List<CompletableFuture<TaskResult>> rows = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      rows.add(bound.run(Map.of("text", "record " + i)));
    }
    for (CompletableFuture<TaskResult> row : rows) {
      TaskResult.Fields fields = (TaskResult.Fields) row.join();
      assertThat(schema.validate(fields.json(), InputFormat.JSON, _ -> {}))
          .as(fields.json())
          .isEmpty();
      fields
          .values()
          .forEach((name, value) -> assertThat(value).as(name).isInstanceOf(CLASSES.get(name)));
      assertThat(((BigDecimal) fields.values().get("decimal")).scale()).isEqualTo(2);
    }
  }

  @Test
  void whatMayBeNullCanBe() {
    FieldType.Row schema =
        new FieldType.Row(
            List.of(
                Field.of("a", FieldType.Whole.INT8),
                Field.of("b", new FieldType.ListOf(FieldType.Whole.INT8, true)),
                Field.of("c", new FieldType.Row(List.of(Field.of("d", new FieldType.Text()))))));
    Map<String, Object> values =
        FieldValues.of(schema, "{\"a\":null,\"b\":[1,null],\"c\":{\"d\":null}}");
    assertThat(values).containsEntry("a", null);
    assertThat(values).containsEntry("b", Arrays.asList((byte) 1, null));
    assertThat(values.get("c")).asString().isEqualTo("{d=null}");
    assertThat(FieldSchema.of(schema))
        .contains("\"a\":{\"anyOf\":[{\"type\":\"integer\",\"minimum\":-128,\"maximum\":127}")
        .contains("\"additionalProperties\":false")
        .contains("\"required\":[\"a\",\"b\",\"c\"]");
  }

  @Test
  void thePromptSaysTheFieldsWithTheirComments() {
    String instruction =
        FieldInstruction.of(
            new FieldType.Row(
                List.of(
                    new Field("city", new FieldType.Text(), true, "where to"),
                    required("price", new FieldType.Decimal(7, 2)),
                    required(
                        "people",
                        new FieldType.ListOf(
                            new FieldType.Row(List.of(Field.of("name", new FieldType.Text()))),
                            false)))));
    assertThat(instruction)
        .endsWith(
            """

            - city (text, may be null): where to
            - price (number with at most 2 digits behind the point)
            - people (list, each object)
              - name (text, may be null)\
            """);
  }

  @Test
  void fieldsThatDoNotComeToAnEndAreAnErrorOfTheirRecord() {
    BoundTask task =
        tasks.bind(
            TEXT,
            ExtractionTask.of(required("text", new FieldType.Text(500)))
                .withDecoding(DecodingSettings.GREEDY.withMaxTokens(2)),
            TaskLimits.DEFAULT);
    assertThatThrownBy(() -> task.run(Map.of("text", "Tell me a story.")).join())
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(InvalidRequestException.class)
        .hasFieldOrPropertyWithValue("code", ErrorCode.ANSWER_INCOMPLETE)
        .hasMessageContaining("after 2 tokens");
  }

  @Test
  void whatIsNoSchemaIsRefusedWhenItIsMade() {
    assertRefused(() -> ExtractionTask.of(), "at least one field");
    Field field = Field.of("a", new FieldType.Bool());
    assertRefused(() -> ExtractionTask.of(field, field), "\"a\" is there twice");
    assertRefused(() -> Field.of(" ", new FieldType.Bool()), "must have a name");
    assertRefused(() -> new FieldType.OneOf(List.of("x", "x")), "different ones");
    assertRefused(() -> new FieldType.Decimal(2, 3), "are 2 and 3");
    assertRefused(
        () -> ExtractionTask.of(field).withDecoding(DecodingSettings.GREEDY.withStop(List.of("}"))),
        "no stop texts");
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(message);
  }

  private static Field required(String name, FieldType type) {
    return new Field(name, type, false, "");
  }
}
