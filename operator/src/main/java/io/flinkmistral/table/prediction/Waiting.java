package io.flinkmistral.table.prediction;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.table.api.TableException;

/** Waits on a task's thread. */
public final class Waiting {
  private Waiting() {}

  /**
   * What the future gives.
   *
   * @throws TableException if it fails, or the job is cancelled; the work ends then
   */
  public static <T> T on(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(false);
      Thread.currentThread().interrupt();
      throw new TableException("interrupted while the model computed", e);
    } catch (ExecutionException e) {
      throw new TableException(e.getCause().getMessage(), e.getCause());
    }
  }
}
