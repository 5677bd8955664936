package io.flinkmistral.enrichment.changelog;

import io.flinkmistral.enrichment.Capacity;
import io.flinkmistral.mailbox.AnsweringOperator;
import io.flinkmistral.mailbox.AnsweringOperatorFactory;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.types.Row;

/**
 * Makes the operator that enriches rows that change; its second input is a {@link
 * io.flinkmistral.mailbox.coordination.HoldOpenSource}.
 */
final class ChangelogOperatorFactory<O> extends AnsweringOperatorFactory<Row, O> {
  private static final long serialVersionUID = 1L;

  private final ChangeEnricher.Factory<O> enricher;
  private final Capacity capacity;
  private final TypeInformation<O> type;
  private final Duration retention;

  ChangelogOperatorFactory(
      String name,
      ChangeEnricher.Factory<O> enricher,
      Capacity capacity,
      TypeInformation<O> type,
      Duration retention) {
    super(name);
    this.enricher = enricher;
    this.capacity = capacity;
    this.type = type;
    this.retention = retention;
  }

  @Override
  protected AnsweringOperator<Row, O> create(
      StreamOperatorParameters<O> parameters, BooleanSupplier restoringInput) {
    return new ChangelogOperator<>(enricher, capacity, type, retention, parameters, restoringInput);
  }

  @Override
  @SuppressWarnings("rawtypes") // Flink's interface has it so.
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return ChangelogOperator.class;
  }
}
