package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.operator.options.EnrichmentOptions;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.DecodingSettings;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.work.TaskResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks of the small model in whole jobs. */
@Timeout(120)
class EnrichTest {
  private static final PromptTemplate TEMPLATE = PromptTemplate.of("{{text}}");
  private static final TypeInformation<Row> ROWS =
      Types.ROW_NAMED(new String[] {"id", "text", "price"}, Types.INT, Types.STRING, Types.INT);
  private static final List<String> TEXTS =
      List.of(
          "My name is Sofia.",
          "Tell me a story about a pink owl called Ben.",
          "Who am I?",
          "What is 2 plus 3?",
          "[INST] {{text}} [/INST]",
          "");

  /** A record of columns. */
  public record Ticket(long id, String text) {}

  @Test
  void recordsHaveTheSameResultsInBatchAndStreamingWithAnyParallelism() throws Exception {
    Task task = new CompletionTask(DecodingSettings.GREEDY.withMaxTokens(24));
    Set<Enriched<String>> results =
        new HashSet<>(run(RuntimeExecutionMode.STREAMING, 1, TEXTS, Types.STRING, task));
    assertThat(results).hasSize(TEXTS.size());
    for (RuntimeExecutionMode mode :
        List.of(RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH)) {
      assertThat(run(mode, 4, TEXTS, Types.STRING, task))
          .containsExactlyInAnyOrderElementsOf(results);
    }
    assertThat(results)
        .anySatisfy(
            one -> {
              assertThat(one.record()).isEqualTo("My name is Sofia.");
              assertThat(one)
                  .isInstanceOfSatisfying(
                      Enriched.Done.class,
                      done ->
                          assertThat(done.result())
                              .isInstanceOfSatisfying(
                                  TaskResult.Text.class,
                                  text ->
                                      assertThat(text.text())
                                          .isEqualTo("Hello Sofia, nice to meet you.")));
            });
  }

  @Test
  void columnsAreThoseOfPojosAndRowsAndMaps() throws Exception {
    ClassificationTask labels = ClassificationTask.of("yes", "no");
    List<TaskResult> of = new ArrayList<>();
    of.add(only(new Ticket(1, "a lamp"), TypeInformation.of(Ticket.class), labels));
    of.add(
        only(
            Row.of("a lamp", 1L),
            Types.ROW_NAMED(new String[] {"text", "id"}, Types.STRING, Types.LONG),
            labels));
    of.add(only(Map.of("text", "a lamp"), Types.MAP(Types.STRING, Types.STRING), labels));
    of.add(only("a lamp", Types.STRING, labels));
    assertThat(of).allMatch(of.getFirst()::equals);
  }

  @Test
  void aRecordOfItsOwnFaultHasAnError() throws Exception {
    Configuration options = OperatorHarness.options().set(EnrichmentOptions.MAX_CONTEXT, 120);
    StreamExecutionEnvironment env = environment(RuntimeExecutionMode.STREAMING, 1);
    List<Enriched<String>> out =
        collected(
            MistralStreams.enrich(
                env.fromData(List.of("word ".repeat(100), "a lamp"), Types.STRING),
                TEMPLATE,
                ClassificationTask.of("yes", "no"),
                options));
    assertThat(out)
        .anySatisfy(
            one ->
                assertThat(one)
                    .isInstanceOfSatisfying(
                        Enriched.Failed.class,
                        failed ->
                            assertThat(failed.code()).isEqualTo(ErrorCode.CONTEXT_LENGTH_EXCEEDED)))
        .anySatisfy(one -> assertThat(one).isInstanceOf(Enriched.Done.class))
        .hasSize(2);
  }

  @Test
  void aTemplateThatNamesNoColumnIsRefusedBefore() {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(new Configuration());
    DataStream<Ticket> tickets =
        env.fromData(List.of(new Ticket(1, "")), TypeInformation.of(Ticket.class));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                MistralStreams.enrich(
                    tickets,
                    PromptTemplate.of("{{txt}}"),
                    new CompletionTask(),
                    OperatorHarness.options()))
        .withMessageContainingAll("txt", "did you mean text?");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MistralStreams.enrich(tickets, TEMPLATE, new CompletionTask()))
        .withMessageContaining("model.path is missing");
  }

  /** A table's changes, and of each key what is there in the end. */
  @Test
  void rowsThatChangeHaveTheResultsOfTheirLastTexts() throws Exception {
    List<Row> changes =
        List.of(
            Row.ofKind(RowKind.INSERT, 1, "I love this lamp.", 10),
            Row.ofKind(RowKind.INSERT, 2, "I hate this phone.", 20),
            Row.ofKind(RowKind.INSERT, 3, "I hate this hotel.", 30),
            Row.ofKind(RowKind.UPDATE_AFTER, 1, "I love this lamp.", 11),
            Row.ofKind(RowKind.UPDATE_AFTER, 2, "I love this phone.", 20),
            Row.ofKind(RowKind.DELETE, 3, "I hate this hotel.", 30));
    for (int parallelism : List.of(1, 4)) {
      DataStream<Row> stream =
          environment(RuntimeExecutionMode.STREAMING, parallelism)
              .fromData(changes, ROWS)
              .setParallelism(1);
      Map<Object, String> table = new HashMap<>();
      for (Enriched<Row> change :
          collected(
              MistralStreams.enrichChanges(
                  stream,
                  List.of("id"),
                  PromptTemplate.of("Classify the sentiment: {{text}}"),
                  ClassificationTask.of("positive", "negative").withoutShownLabels(),
                  OperatorHarness.options()))) {
        Row row = change.record();
        TaskResult.Label label = (TaskResult.Label) ((Enriched.Done<Row>) change).result();
        switch (row.getKind()) {
          case INSERT, UPDATE_AFTER ->
              table.put(row.getField(0), row.getField(2) + " " + label.label().orElseThrow());
          case UPDATE_BEFORE, DELETE -> table.remove(row.getField(0));
        }
      }
      assertThat(table)
          .containsExactlyInAnyOrderEntriesOf(Map.of(1, "11 positive", 2, "20 positive"));
    }
  }

  @Test
  void theKeyOfRowsThatChangeMustBeThere() {
    DataStream<Row> stream =
        new StreamExecutionEnvironment(new Configuration())
            .fromData(List.of(Row.of(1, "", 2)), ROWS);
    for (Map.Entry<List<String>, String> refused :
        Map.of(List.of("ids"), "did you mean id?", List.<String>of(), "name the columns")
            .entrySet()) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  MistralStreams.enrichChanges(
                      stream,
                      refused.getKey(),
                      TEMPLATE,
                      new CompletionTask(),
                      OperatorHarness.options()))
          .withMessageContaining(refused.getValue());
    }
  }

  private static <T> TaskResult only(T record, TypeInformation<T> type, Task task)
      throws Exception {
    List<Enriched<T>> out = run(RuntimeExecutionMode.STREAMING, 1, List.of(record), type, task);
    return ((Enriched.Done<T>) out.getFirst()).result();
  }

  private static <T> List<Enriched<T>> run(
      RuntimeExecutionMode mode,
      int parallelism,
      List<T> records,
      TypeInformation<T> type,
      Task task)
      throws Exception {
    StreamExecutionEnvironment env = environment(mode, parallelism);
    return collected(MistralStreams.enrich(env.fromData(records, type), TEMPLATE, task));
  }

  private static StreamExecutionEnvironment environment(
      RuntimeExecutionMode mode, int parallelism) {
    Configuration configuration =
        OperatorHarness.options()
            .set(ExecutionOptions.RUNTIME_MODE, mode)
            .set(PipelineOptions.GENERIC_TYPES, false);
    return StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
  }

  @SuppressWarnings("try") // That closing it may be interrupted.
  private static <T> List<T> collected(DataStream<T> stream) throws Exception {
    List<T> all = new ArrayList<>();
    try (CloseableIterator<T> out = stream.executeAndCollect()) {
      out.forEachRemaining(all::add);
    }
    return all;
  }
}
