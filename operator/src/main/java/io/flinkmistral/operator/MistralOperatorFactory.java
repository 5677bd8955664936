package io.flinkmistral.operator;

import io.flinkmistral.mailbox.AnsweringOperator;
import io.flinkmistral.mailbox.AnsweringOperatorFactory;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import java.util.function.BooleanSupplier;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes the operator that answers requests; its first input must be keyed by conversation id, the
 * second one is a {@link io.flinkmistral.mailbox.coordination.HoldOpenSource}.
 */
public final class MistralOperatorFactory
    extends AnsweringOperatorFactory<ClientRecord, CompletionEvent> {

  private static final long serialVersionUID = 1L;

  private final MistralSettings settings;

  /**
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public MistralOperatorFactory(ReadableConfig options) {
    this(MistralSettings.of(options));
  }

  MistralOperatorFactory(MistralSettings settings) {
    super(MistralStreams.UID);
    this.settings = settings;
  }

  @Override
  protected AnsweringOperator<ClientRecord, CompletionEvent> create(
      StreamOperatorParameters<CompletionEvent> parameters, BooleanSupplier restoringInput) {
    return new MistralOperator(settings, parameters, restoringInput);
  }

  @Override
  public Class<? extends StreamOperator<CompletionEvent>> getStreamOperatorClass(
      ClassLoader classLoader) {
    return MistralOperator.class;
  }
}
