package io.flinkmistral.table.provider;

import io.flinkmistral.table.prediction.Prediction;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.PredictFunction;
import org.apache.flink.table.ml.AsyncPredictRuntimeProvider;
import org.apache.flink.table.ml.ModelProvider;
import org.apache.flink.table.ml.PredictRuntimeProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Functions of a declared model. */
public final class MistralModelProvider
    implements AsyncPredictRuntimeProvider, PredictRuntimeProvider {
  private static final Logger LOG = LoggerFactory.getLogger(MistralModelProvider.class);

  private final String name;
  private final Prediction prediction;
  private final Optional<Duration> timeout;
  private final ReadableConfig session;

  /**
   * @param name of the model
   * @param timeout of a row, as declared
   * @param session that its statements are planned in
   */
  public MistralModelProvider(
      String name, Prediction prediction, Optional<Duration> timeout, ReadableConfig session) {
    this.name = name;
    this.prediction = prediction;
    this.timeout = timeout;
    this.session = session;
  }

  @Override
  public AsyncPredictFunction createAsyncPredictFunction(Context context) {
    CallSettings call = CallSettings.of(context.runtimeConfig(), session);
    Advice.ofAsync(prediction, timeout, call).forEach(this::warn);
    return new AsyncPrediction(prediction.within(call.deadline(timeout)));
  }

  @Override
  public PredictFunction createPredictFunction(Context context) {
    Advice.ofBlocking(context.runtimeConfig()).forEach(this::warn);
    return new BlockingPrediction(prediction.within(timeout));
  }

  private void warn(String advice) {
    LOG.warn("model {}: {}", name, advice);
  }

  /** It never changes. */
  @Override
  public ModelProvider copy() {
    return this;
  }
}
