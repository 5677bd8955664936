package io.flinkmistral.table.row;

import io.flinkmistral.enrichment.changelog.ChangeEnricher;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.table.prediction.Prediction;
import io.flinkmistral.table.prediction.Predictor;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.apache.flink.table.data.conversion.DataStructureConverters;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/** Rows of a table that changes, with the columns of a model behind their own. */
public final class TableEnricher implements ChangeEnricher<Row> {
  private final Predictor predictor;
  private final EnrichedColumns columns;
  private final DataStructureConverter<Object, Object> inputs;
  private final DataStructureConverter<Object, Object> outputs;

  private TableEnricher(Predictor predictor, EnrichedColumns columns, ClassLoader classes) {
    this.predictor = predictor;
    this.columns = columns;
    this.inputs = DataStructureConverters.getConverter(columns.inputRows());
    this.outputs = DataStructureConverters.getConverter(columns.outputRows());
    inputs.open(classes);
    outputs.open(classes);
  }

  /** What each subtask needs. */
  public record Factory(Prediction prediction, EnrichedColumns columns)
      implements ChangeEnricher.Factory<Row> {
    private static final long serialVersionUID = 1L;

    @Override
    public ChangeEnricher<Row> open(RuntimeContext context) throws Exception {
      Predictor predictor = Predictor.open(prediction, context.getMetricGroup());
      try {
        return new TableEnricher(predictor, columns, context.getUserCodeClassLoader());
      } catch (RuntimeException e) { // Nobody has it, so that nobody would close it.
        predictor.close();
        throw e;
      }
    }
  }

  @Override
  public String digest(Row row) {
    try {
      return predictor.digest(input(row)).orElse(NONE);
    } catch (InvalidRequestException e) { // What is wrong with the row, predict says.
      return NONE;
    }
  }

  private RowData input(Row row) {
    return (RowData) inputs.toInternal(columns.inputsOf(row));
  }

  @Override
  public CompletableFuture<Answer<Row>> enrich(Row row) {
    CompletableFuture<Predictor.Outputs> predicted = predictor.predict(input(row));
    CompletableFuture<Answer<Row>> answer = predicted.thenApply(said -> answer(row, said));
    answer.whenComplete(
        (_, _) -> {
          if (answer.isCancelled()) {
            predicted.cancel(false);
          }
        });
    return answer;
  }

  private Answer<Row> answer(Row row, Predictor.Outputs said) {
    Row external = (Row) outputs.toExternal(said.columns());
    return new Answer<>(columns.joined(row, external, 0), said.lasts());
  }

  @Override
  public Row repeated(Row earlier, Row row) {
    return columns.joined(row, earlier, columns.names().size());
  }

  @Override
  public Row ofKind(RowKind kind, Row row) {
    Row copy = Row.copy(row);
    copy.setKind(kind);
    return copy;
  }

  @Override
  public void close() {
    predictor.close();
  }
}
