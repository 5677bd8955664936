package io.flinkmistral.generation;

import java.util.concurrent.CompletableFuture;

/** Passes whose results can be waited for. */
final class Passes {
  private Passes() {}

  static CompletableFuture<Pass.Result> submit(PassExecutor executor, Pass pass) {
    CompletableFuture<Pass.Result> result = new CompletableFuture<>();
    executor.submit(
        pass,
        new PassExecutor.Callback() {
          @Override
          public void done(Pass.Result done) {
            result.complete(done);
          }

          @Override
          public void failed(Throwable cause) {
            result.completeExceptionally(cause);
          }
        });
    return result;
  }
}
