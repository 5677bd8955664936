package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.jobs.kafka.sink.EnrichedRecords;
import java.io.Serializable;
import java.util.Optional;

/** Which rows the output takes. */
sealed interface RowLimit extends Serializable {
  /** Asks the output what it takes; before the first row. */
  default void open() {}

  /** Why the output takes no such row; nothing where it does. */
  Optional<String> refusal(OutputRecord row);

  /** A file takes all. */
  record None() implements RowLimit {
    private static final long serialVersionUID = 1L;

    @Override
    public Optional<String> refusal(OutputRecord row) {
      return Optional.empty();
    }
  }

  /** A topic takes records up to a length, and perhaps none without a key. */
  record OfTopic(EnrichedRecords.Limit<OutputRecord> limit) implements RowLimit {
    private static final long serialVersionUID = 1L;

    @Override
    public void open() {
      limit.open();
    }

    @Override
    public Optional<String> refusal(OutputRecord row) {
      return limit.refusal(row);
    }
  }
}
