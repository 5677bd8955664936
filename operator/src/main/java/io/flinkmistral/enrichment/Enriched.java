package io.flinkmistral.enrichment;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.task.work.TaskResult;

/**
 * A record with what came of it: a result, or an error of its own. What an error is about is the
 * record, never the engine: the same record has the same error again, but for those that {@link
 * ErrorCode#mayPass}.
 */
public sealed interface Enriched<T> {
  T record();

  /** The same of another record. */
  <R> Enriched<R> with(R other);

  /** A record with its result. */
  record Done<T>(T record, TaskResult result) implements Enriched<T> {
    @Override
    public <R> Enriched<R> with(R other) {
      return new Done<>(other, result);
    }
  }

  /**
   * A record for which there is no result.
   *
   * @param code why, for programs
   * @param parameter the column or setting that is to blame; empty where none is
   * @param message why, for people
   */
  record Failed<T>(T record, ErrorCode code, String parameter, String message)
      implements Enriched<T> {
    @Override
    public <R> Enriched<R> with(R other) {
      return new Failed<>(other, code, parameter, message);
    }
  }
}
