package io.flinkmistral.operator;

import io.flinkmistral.enrichment.Capacity;
import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.enrichment.EnrichedType;
import io.flinkmistral.enrichment.EnrichmentStreams;
import io.flinkmistral.enrichment.RecordColumns;
import io.flinkmistral.enrichment.changelog.ChangelogStreams;
import io.flinkmistral.mailbox.coordination.HoldOpenSource;
import io.flinkmistral.operator.function.TaskChangeEnricher;
import io.flinkmistral.operator.function.TaskEnricher;
import io.flinkmistral.operator.options.EnrichmentOptions;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;

/** The model as a step of a stream: conversations that are answered, records that are enriched. */
public final class MistralStreams {
  /** The uid of the operator that answers requests: savepoints find its state by it. */
  public static final String UID = "mistral";

  /** For batch jobs, which otherwise have the state of one key at a time. */
  private static final Configuration ALL_KEYS_AT_ONCE =
      new Configuration()
          .set(ExecutionOptions.SORT_INPUTS, false)
          .set(ExecutionOptions.USE_BATCH_STATE_BACKEND, false);

  /** The uid of a step that enriches, and what those of further ones begin with. */
  public static final String ENRICH = "mistral-enrich";

  /** The same of a step that enriches rows that change. */
  public static final String ENRICH_CHANGES = "mistral-enrich-changes";

  private MistralStreams() {}

  /**
   * Answers requests, those of one conversation in their order, and does what control records say.
   *
   * <p>Where requests end, the job ends when all are answered; checkpoints and savepoints run until
   * then. That takes a second source of the operator, see {@link HoldOpenSource}. In a batch job
   * there are no checkpoints, and inputs of keyed operators are not sorted: the operator works on
   * many conversations at once. The runtime mode must be set before.
   *
   * @param requests in any order of conversations: {@link
   *     io.flinkmistral.protocol.CompletionRequest}s alone, or all that clients send
   * @param options see {@link MistralOptions}
   * @return what the operator says of the requests: pieces, answers, refusals
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static SingleOutputStreamOperator<CompletionEvent> complete(
      DataStream<? extends ClientRecord> requests, ReadableConfig options) {
    MistralOperatorFactory factory = new MistralOperatorFactory(options);
    StreamExecutionEnvironment env = requests.getExecutionEnvironment();
    boolean batch =
        env.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    env.configure(ALL_KEYS_AT_ONCE);
    @SuppressWarnings("unchecked") // It is only read from.
    DataStream<ClientRecord> records = (DataStream<ClientRecord>) requests;
    return records
        .keyBy(record -> new ConversationKey(record.conversationId()), MistralTypes.CONVERSATION)
        // Not broadcast: barriers cannot overtake in such a connection.
        .connect(HoldOpenSource.add(env, UID, batch).rebalance())
        .transform("Mistral", MistralTypes.EVENT, factory)
        .uid(UID);
  }

  /**
   * Does a task with each record of a stream, whose columns a template takes by their names: those
   * of a row, the fields of a POJO or Java record, the keys of a map; a text is the column {@code
   * text}. The model and all else come from the configuration of the environment.
   *
   * <pre>{@code
   * DataStream<Enriched<Ticket>> labelled =
   *     MistralStreams.enrich(
   *         tickets,
   *         PromptTemplate.of("Which team is this for? {{subject}}"),
   *         ClassificationTask.of("billing", "delivery", "other"));
   * }</pre>
   *
   * @see #enrich(DataStream, PromptTemplate, Task, RecordColumns, ReadableConfig)
   */
  public static <T> SingleOutputStreamOperator<Enriched<T>> enrich(
      DataStream<T> records, PromptTemplate template, Task task) {
    return enrich(records, template, task, records.getExecutionEnvironment().getConfiguration());
  }

  /** The same with options for the model and the step. */
  public static <T> SingleOutputStreamOperator<Enriched<T>> enrich(
      DataStream<T> records, PromptTemplate template, Task task, ReadableConfig options) {
    return enrich(records, template, task, RecordColumns.ofType(records.getType()), options);
  }

  /**
   * Does a task with each record of a stream. No key is needed.
   *
   * <p>Each record comes out once, with its result or with an error of its own. Those under way are
   * in state, and are computed again after a restart, with the same result. Checkpoints do not wait
   * for answers. Where records end, the job ends when all have come out, see {@link
   * HoldOpenSource}; the runtime mode must be set before. A job may have several such steps; the
   * uids of the second and third are {@code mistral-enrich-2} and {@code mistral-enrich-3}.
   *
   * @param columns of a record
   * @param options see {@link MistralOptions} and {@link EnrichmentOptions}; a subtask takes in
   *     {@link MistralOptions#QUEUE_LIMIT} records, or {@link MistralOptions#QUEUE_MEMORY} of them
   * @throws IllegalArgumentException if an option is missing or wrong, or the template names a
   *     column that records do not have
   */
  public static <T> SingleOutputStreamOperator<Enriched<T>> enrich(
      DataStream<T> records,
      PromptTemplate template,
      Task task,
      RecordColumns<T> columns,
      ReadableConfig options) {
    TaskEnricher.Factory<T> enricher = TaskEnricher.Factory.of(template, task, columns, options);
    MistralSettings settings = enricher.settings();
    return EnrichmentStreams.enrich(
        records,
        EnrichmentStreams.freeName(records.getExecutionEnvironment(), ENRICH),
        enricher,
        new Capacity(
            settings.queueLimit(),
            settings.queueBytes(),
            options.get(EnrichmentOptions.ORDER).equals(EnrichmentOptions.ORDERED)),
        new EnrichedType<>(records.getType()));
  }

  /**
   * Does a task with each row of a table that changes, as a stream of changes: the kind of a row
   * ({@link Row#getKind}) says what becomes of it.
   *
   * <p>What comes out is a stream of changes as well, of the rows with their results: a row whose
   * text changes is asked about, one whose other columns change comes out with the result that it
   * had, and a deletion is taken back. A changed row is said when its result is there. {@code -U}
   * may be left out, and deletions need only the key.
   *
   * <p>State has each row with its result, by the primary key, for as long as the table has it, or
   * {@link EnrichmentOptions#ROW_RETENTION} says. Else it is as in {@link #enrich(DataStream,
   * PromptTemplate, Task)}; the uids of such steps are {@code mistral-enrich-changes}, {@code
   * mistral-enrich-changes-2} and so on.
   *
   * @param changes rows of named columns; those with one key in their order
   * @param key the columns of the primary key
   * @param options see {@link MistralOptions} and {@link EnrichmentOptions}
   * @throws IllegalArgumentException if an option is missing or wrong, there is no such column, or
   *     the stream is of other rows
   */
  public static SingleOutputStreamOperator<Enriched<Row>> enrichChanges(
      DataStream<Row> changes,
      List<String> key,
      PromptTemplate template,
      Task task,
      ReadableConfig options) {
    RowKey columns = RowKey.of(changes.getType(), key);
    TaskEnricher.Factory<Row> enricher =
        TaskEnricher.Factory.of(template, task, RecordColumns.ofType(changes.getType()), options);
    MistralSettings settings = enricher.settings();
    return ChangelogStreams.enrich(
        changes.keyBy(columns, columns.type()),
        EnrichmentStreams.freeName(changes.getExecutionEnvironment(), ENRICH_CHANGES),
        new TaskChangeEnricher.Factory(enricher),
        new Capacity(settings.queueLimit(), settings.queueBytes(), true),
        new EnrichedType<>(changes.getType()),
        options.get(EnrichmentOptions.ROW_RETENTION));
  }
}
