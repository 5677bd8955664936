package io.flinkmistral.table.prediction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.operator.model.ModelLease;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.table.column.InputColumns;
import io.flinkmistral.table.column.OutputColumn;
import io.flinkmistral.table.column.OutputColumn.Source;
import io.flinkmistral.table.function.CalledText;
import io.flinkmistral.table.function.FunctionSettings;
import io.flinkmistral.table.function.SentimentFunction;
import io.flinkmistral.table.function.TextFunction;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.TinyIntType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;

/** What predictions of a subtask do where there is no result. */
@Timeout(120)
class PredictorTest {
  private static final PromptTemplate TEXT = PromptTemplate.of("{{text}}");

  private static Map<String, String> engine;
  private static ModelLease model;

  @BeforeAll
  static void load() throws Exception {
    engine = Map.of("model.path", TinyMistral.file().toString(), "engine.threads", "1");
    model = ModelLease.take(Configuration.fromMap(engine));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Prediction prediction(
      PromptTemplate template, Task task, LogicalType output, boolean failover) {
    return new Prediction(
        engine,
        template,
        task,
        TaskLimits.DEFAULT,
        new InputColumns(List.of("text"), List.of(VarCharType.STRING_TYPE)),
        List.of(new OutputColumn("n", output, Source.FIELD)),
        failover);
  }

  @Test
  void aTaskThatCannotBeDoneLeavesNothingBehind() {
    int clients = model.model().engine().clients();
    Prediction wrong =
        prediction(TEXT.asText(), ClassificationTask.of("a", "b"), VarCharType.STRING_TYPE, false);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> Predictor.open(wrong, new UnregisteredMetricsGroup()))
          .isInstanceOf(InvalidRequestException.class);
    }
    assertThat(model.model().engine().clients()).isEqualTo(clients);
  }

  @Test
  void nothingToReadIsNoValueOfAColumnThatMustHaveOne() throws Exception {
    ExtractionTask task =
        ExtractionTask.of(new FieldType.Field("n", FieldType.Whole.INT8, false, ""));
    GenericRowData row = new GenericRowData(1);
    try (Predictor strict =
        Predictor.open(
            prediction(TEXT, task, new TinyIntType(false), true), new UnregisteredMetricsGroup())) {
      assertThatThrownBy(() -> strict.predict(row).join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .hasMessage(
              "all columns that the prompt names (text) are NULL, but column n of OUTPUT is NOT"
                  + " NULL");
      row.setField(0, StringData.fromString("seven"));
      assertThat(strict.predict(row).join().columns().isNullAt(0)).isFalse();
    }
    row.setField(0, null);
    try (Predictor lenient =
        Predictor.open(
            prediction(TEXT, task, new TinyIntType(), true), new UnregisteredMetricsGroup())) {
      assertThat(lenient.predict(row).join().columns().isNullAt(0)).isTrue();
    }
  }

  @Test
  void theFirstErrorsAloneAreLogged() {
    List<String> logged = new ArrayList<>();
    LoggedErrors errors = new LoggedErrors(logger(logged), "a row");
    IntStream.range(0, 1000)
        .forEach(
            i ->
                errors.add(
                    new InvalidRequestException("text", ErrorCode.INVALID_REQUEST, "row " + i)));
    assertThat(logged).hasSize(LoggedErrors.MOST);
    assertThat(logged.getFirst()).isEqualTo("a row: row 0");
    assertThat(logged.getLast()).isEqualTo("a row: row 9 (no more of these are logged)");
  }

  @Test
  void functionsLogTheFirstErrorsAlone() throws Exception {
    FunctionSettings settings =
        new FunctionSettings(engine, TaskLimits.DEFAULT.withMaxContext(30), false);
    TextFunction.Call call = new SentimentFunction().call(null);
    List<String> logged = new ArrayList<>();
    try (CalledText called =
        CalledText.open(call, settings, new LoggedErrors(logger(logged), "a text"))) {
      for (int i = 0; i < 2 * LoggedErrors.MOST; i++) {
        assertThat(called.of(new Object[] {"many words ".repeat(50 + i)}).join()).isNull();
      }
    }
    assertThat(logged).hasSize(LoggedErrors.MOST);
  }

  /** Takes warnings. */
  private static Logger logger(List<String> logged) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("warn")) {
            Object[] values = (Object[]) arguments[1];
            logged.add("%s: %s%s".formatted(values));
          }
          return null;
        };
    return (Logger)
        Proxy.newProxyInstance(
            PredictorTest.class.getClassLoader(), new Class<?>[] {Logger.class}, handler);
  }
}
