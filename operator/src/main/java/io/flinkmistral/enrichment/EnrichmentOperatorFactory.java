package io.flinkmistral.enrichment;

import io.flinkmistral.mailbox.AnsweringOperator;
import io.flinkmistral.mailbox.AnsweringOperatorFactory;
import java.util.function.BooleanSupplier;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes the operator that enriches records; its second input is a {@link
 * io.flinkmistral.mailbox.coordination.HoldOpenSource}.
 */
final class EnrichmentOperatorFactory<I, O> extends AnsweringOperatorFactory<I, O> {
  private static final long serialVersionUID = 1L;

  private final Enricher.Factory<I, O> enricher;
  private final Capacity capacity;

  EnrichmentOperatorFactory(String name, Enricher.Factory<I, O> enricher, Capacity capacity) {
    super(name);
    this.enricher = enricher;
    this.capacity = capacity;
  }

  @Override
  protected AnsweringOperator<I, O> create(
      StreamOperatorParameters<O> parameters, BooleanSupplier restoringInput) {
    return new EnrichmentOperator<>(enricher, capacity, parameters, restoringInput);
  }

  @Override
  @SuppressWarnings("rawtypes") // Flink's interface has it so.
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return EnrichmentOperator.class;
  }
}
