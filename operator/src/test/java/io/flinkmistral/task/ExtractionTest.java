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
import io.flinkmistral.task.field.FieldInstruction;
import io.flinkmistral.task.field.FieldSchema;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.field.FieldType.Field;
import io.flinkmistral.task.field.FieldValues;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.runner.BoundTask;
import io.flinkmistral.task.runner.TaskRunner;
import io.flinkmistral.task.work.TaskResult;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
    Schema schema = validator(FieldSchema.of(task.schema()));
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

  /** Rows in lists in rows, maps, and what may be null: an answer is typed, or was cut off. */
  @Test
  void rowsOfAnySchemaAreOfIt() {
    Random random = new Random(17);
    DecodingSettings anything = DecodingSettings.GREEDY.withTemperature(5).withMaxTokens(250);
    Map<CompletableFuture<TaskResult>, FieldType.Row> rows = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      FieldType.Row schema = row(random, 2);
      ExtractionTask task = new ExtractionTask(schema, anything.withSeed(i), false);
      rows.put(tasks.bind(TEXT, task, TaskLimits.DEFAULT).run(Map.of("text", "x")), schema);
    }
    int whole = 0;
    for (Map.Entry<CompletableFuture<TaskResult>, FieldType.Row> row : rows.entrySet()) {
      String schema = FieldSchema.of(row.getValue());
      try {
        TaskResult.Fields fields = (TaskResult.Fields) row.getKey().join();
        assertThat(validator(schema).validate(fields.json(), InputFormat.JSON, _ -> {}))
            .as("%s of %s", fields.json(), schema)
            .isEmpty();
        assertTyped(row.getValue(), fields.values());
        whole++;
      } catch (CompletionException e) {
        assertThat(e.getCause())
            .as(schema)
            .hasFieldOrPropertyWithValue("code", ErrorCode.ANSWER_INCOMPLETE);
      }
    }
    assertThat(whole).isGreaterThan(10);
  }

  private static FieldType.Row row(Random random, int depth) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      fields.add(new Field("f" + i, type(random, depth), random.nextBoolean(), ""));
    }
    return new FieldType.Row(fields);
  }

  private static FieldType type(Random random, int depth) {
    int simple = ALL.size() - 2; // The last two have others in them.
    int kind = random.nextInt(depth == 0 ? simple : simple + 6);
    return switch (kind - simple) {
      case 0, 1 -> row(random, depth - 1);
      case 2, 3 -> new FieldType.ListOf(type(random, depth - 1), random.nextBoolean());
      case 4 -> new FieldType.MapOf(type(random, depth - 1), random.nextBoolean());
      case 5 -> new FieldType.Decimal(38, random.nextInt(39));
      default -> ALL.get(kind).type();
    };
  }

  private static void assertTyped(FieldType.Row row, Map<?, ?> values) {
    assertThat(values.keySet().stream().map(String::valueOf))
        .containsExactlyElementsOf(row.fields().stream().map(Field::name).toList());
    for (Field field : row.fields()) {
      assertTyped(field.type(), field.nullable(), values.get(field.name()));
    }
  }

  private static void assertTyped(FieldType type, boolean nullable, Object value) {
    if (value == null) {
      assertThat(nullable).isTrue();
      return;
    }
    switch (type) {
      case FieldType.Row row -> assertTyped(row, (Map<?, ?>) value);
      case FieldType.ListOf(FieldType element, boolean nulls) ->
          ((List<?>) value).forEach(each -> assertTyped(element, nulls, each));
      case FieldType.MapOf(FieldType of, boolean nulls) ->
          ((Map<?, ?>) value).values().forEach(each -> assertTyped(of, nulls, each));
      case FieldType.Decimal(int precision, int scale) -> {
        assertThat(((BigDecimal) value).scale()).isEqualTo(scale);
        assertThat(((BigDecimal) value).precision()).isLessThanOrEqualTo(precision);
      }
      case FieldType.Text _,
          FieldType.OneOf _,
          FieldType.Bool _,
          FieldType.Whole _,
          FieldType.Real _,
          FieldType.Temporal _ ->
          assertThat(value)
              .isInstanceOf(
                  CLASSES.get(
                      ALL.stream()
                          .filter(field -> field.type().equals(type))
                          .findFirst()
                          .orElseThrow()
                          .name()));
    }
  }

  private static Schema validator(String schema) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(schema);
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
