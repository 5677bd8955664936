package io.flinkmistral.table;

import io.flinkmistral.enrichment.Capacity;
import io.flinkmistral.enrichment.EnrichmentStreams;
import io.flinkmistral.enrichment.changelog.ChangelogStreams;
import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.table.declaration.EngineOptions;
import io.flinkmistral.table.declaration.ModelDeclaration;
import io.flinkmistral.table.declaration.ModelOptions;
import io.flinkmistral.table.prediction.Prediction;
import io.flinkmistral.table.row.AnswerRows;
import io.flinkmistral.table.row.EnrichedColumns;
import io.flinkmistral.table.row.PromptColumns;
import io.flinkmistral.table.row.PromptReader;
import io.flinkmistral.table.row.TableEnricher;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.table.api.Model;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.internal.ModelImpl;
import org.apache.flink.table.catalog.ContextResolvedModel;
import org.apache.flink.table.catalog.UniqueConstraint;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.types.ColumnList;
import org.apache.flink.types.Row;

/** What {@code ML_PREDICT} does not do: models over tables that change, and conversations. */
public final class MistralTables {
  private static final String PROVIDER = "mistral";

  private MistralTables() {}

  /**
   * The rows of a table with a declared primary key, and of each what a model says.
   *
   * @see #enrich(StreamTableEnvironment, Table, Model, ColumnList, ColumnList)
   */
  public static Table enrich(
      StreamTableEnvironment tables, Table table, Model model, ColumnList inputs) {
    List<String> key =
        table
            .getResolvedSchema()
            .getPrimaryKey()
            .map(UniqueConstraint::getColumns)
            .orElseThrow(
                () ->
                    new ValidationException(
                        "the table declares no primary key, by which rows that change are known:"
                            + " name its columns as the last argument"));
    return enrich(tables, table, model, inputs, ColumnList.of(key));
  }

  /**
   * The rows of a table, with all columns of the model's {@code OUTPUT} behind their own.
   *
   * <p>The table may change: where the columns that the model is asked about do, the row changes
   * when the model has answered; where others do, it changes at once, and nothing is computed; what
   * is deleted is deleted. The new table has the primary key, and may be used as any other, in SQL
   * by a view:
   *
   * <pre>{@code
   * tables.createTemporaryView(
   *     "labelled",
   *     MistralTables.enrich(
   *         tables, tables.from("tickets"), tables.fromModel("team"), ColumnList.of("subject")));
   * tables.executeSql("INSERT INTO labelled_tickets SELECT * FROM labelled");
   * }</pre>
   *
   * <p>State has each row with what the model said of it, for as long as the table has the row, or
   * for the time after its last change that {@code table.exec.state.ttl} says.
   *
   * @param model of provider {@code mistral}
   * @param inputs columns of the table, in the order of the model's {@code INPUT}
   * @param key columns of the table's primary key
   * @throws ValidationException if these do not go together
   */
  public static Table enrich(
      StreamTableEnvironment tables, Table table, Model model, ColumnList inputs, ColumnList key) {
    Prediction prediction = prediction(tables, model);
    EnrichedColumns columns =
        EnrichedColumns.of(
            table.getResolvedSchema(), key.getNames(), inputs.getNames(), prediction);
    boolean batch =
        tables.getConfig().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    DataStream<Row> changes =
        tables.toChangelogStream(
            table,
            columns.tableSchema(),
            batch ? ChangelogMode.insertOnly() : ChangelogMode.upsert());
    KeyedStream<Row, Row> keyed = changes.keyBy(columns::keyOf, columns.keyType());
    Configuration engine = Configuration.fromMap(prediction.engine());
    DataStream<Row> enriched =
        ChangelogStreams.enrich(
            keyed,
            EnrichmentStreams.freeName(
                changes.getExecutionEnvironment(), MistralStreams.ENRICH_CHANGES),
            new TableEnricher.Factory(prediction, columns),
            new Capacity(
                engine.get(MistralOptions.QUEUE_LIMIT),
                engine.get(MistralOptions.QUEUE_MEMORY).getBytes(),
                true),
            columns.enrichedType(),
            tables.getConfig().getIdleStateRetention());
    return tables.fromChangelogStream(
        enriched,
        columns.enrichedSchema(),
        batch ? ChangelogMode.insertOnly() : ChangelogMode.all());
  }

  /**
   * Answers to a table of prompts, each in its conversation, which the model remembers: one row for
   * each prompt.
   *
   * <p>Columns of prompts are {@code conversation_id}, {@code request_id} and {@code prompt}, and
   * perhaps {@code system}, {@code max_tokens}, {@code temperature}, {@code top_p}, {@code seed}
   * and {@code reset}. Those of answers are {@code conversation_id}, {@code request_id}, {@code
   * answer}, {@code finish_reason}, {@code prompt_tokens}, {@code cached_tokens}, {@code
   * completion_tokens} and {@code error_string}, which says why there is no answer.
   *
   * <p>Prompts of a conversation are answered in the order in which the table has them. What has
   * been said cannot be taken back: a table that changes is refused.
   *
   * @param options see {@link MistralOptions}; those of the model may be the session's as well
   * @throws ValidationException if the table has other columns
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public static Table answer(StreamTableEnvironment tables, Table prompts, ReadableConfig options) {
    Configuration all = Configuration.fromMap(EngineOptions.ofSession(tables.getConfig()));
    all.addAll(Configuration.fromMap(options.toMap()));
    SingleOutputStreamOperator<CompletionRequest> requests =
        tables
            .toDataStream(prompts)
            .process(
                new PromptReader(PromptColumns.of(prompts.getResolvedSchema())),
                MistralTypes.REQUEST)
            .name("prompts");
    DataStream<Row> answers =
        MistralStreams.complete(requests, all)
            .union(requests.getSideOutput(PromptReader.REFUSED))
            .flatMap(new AnswerRows())
            .returns(AnswerRows.TYPE)
            .name("answers");
    return tables.fromDataStream(answers);
  }

  private static Prediction prediction(StreamTableEnvironment tables, Model model) {
    if (!(model instanceof ModelImpl known)) {
      throw new ValidationException(
          "the model is none of a table environment: " + model.getClass());
    }
    ContextResolvedModel resolved = known.getModel();
    String name = resolved.getIdentifier().getObjectName();
    Configuration options = Configuration.fromMap(resolved.getResolvedModel().getOptions());
    String provider = options.get(FactoryUtil.PROVIDER);
    if (!PROVIDER.equals(provider)) {
      throw new ValidationException(
          "model %s is of provider %s, but tables that change are only for models of provider %s"
              .formatted(Excerpt.of(name), provider, PROVIDER));
    }
    return ModelDeclaration.read(name, resolved.getResolvedModel(), tables.getConfig())
        .within(options.getOptional(ModelOptions.TIMEOUT));
  }
}
