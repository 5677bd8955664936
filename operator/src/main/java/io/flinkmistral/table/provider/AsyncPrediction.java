package io.flinkmistral.table.provider;

import io.flinkmistral.table.prediction.Prediction;
import io.flinkmistral.table.prediction.Predictor;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.FunctionContext;

/** {@code ML_PREDICT} whose task goes on while the model computes. */
public final class AsyncPrediction extends AsyncPredictFunction {
  private static final long serialVersionUID = 1L;

  private final Prediction prediction;
  private transient Predictor predictor;

  AsyncPrediction(Prediction prediction) {
    this.prediction = prediction;
  }

  @Override
  public void open(FunctionContext context) throws IOException {
    predictor = Predictor.open(prediction, context.getMetricGroup());
  }

  @Override
  public CompletableFuture<Collection<RowData>> asyncPredict(RowData row) {
    return predictor.predict(row).thenApply(outputs -> List.of(outputs.columns()));
  }

  @Override
  public void close() {
    if (predictor != null) {
      predictor.close();
    }
  }
}
