package io.flinkmistral.table.provider;

import io.flinkmistral.table.prediction.Prediction;
import io.flinkmistral.table.prediction.Predictor;
import io.flinkmistral.table.prediction.Waiting;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.PredictFunction;

/** {@code ML_PREDICT} that stops its task, checkpoints included, while the model computes. */
public final class BlockingPrediction extends PredictFunction {
  private static final long serialVersionUID = 1L;

  private final Prediction prediction;
  private transient Predictor predictor;

  BlockingPrediction(Prediction prediction) {
    this.prediction = prediction;
  }

  @Override
  public void open(FunctionContext context) throws IOException {
    predictor = Predictor.open(prediction, context.getMetricGroup());
  }

  @Override
  public Collection<RowData> predict(RowData row) {
    return List.of(Waiting.on(predictor.predict(row)).columns());
  }

  @Override
  public void close() {
    if (predictor != null) {
      predictor.close();
    }
  }
}
