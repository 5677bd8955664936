package io.flinkmistral.operator;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Makes the operator that answers requests; its input must be keyed by conversation id. */
public final class MistralOperatorFactory extends AbstractStreamOperatorFactory<CompletionEvent>
    implements OneInputStreamOperatorFactory<CompletionRequest, CompletionEvent> {

  private static final long serialVersionUID = 1L;

  private final MistralSettings settings;

  /**
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public MistralOperatorFactory(ReadableConfig options) {
    this(MistralSettings.of(options));
  }

  MistralOperatorFactory(MistralSettings settings) {
    this.settings = settings;
  }

  @Override
  public <T extends StreamOperator<CompletionEvent>> T createStreamOperator(
      StreamOperatorParameters<CompletionEvent> parameters) {
    @SuppressWarnings("unchecked") // Flink's interface leaves the operator's type open.
    T operator = (T) new MistralOperator(settings, parameters);
    return operator;
  }

  @Override
  public Class<? extends StreamOperator<CompletionEvent>> getStreamOperatorClass(
      ClassLoader classLoader) {
    return MistralOperator.class;
  }
}
