package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.operator.model.ModelLease;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.runner.BoundTask;
import io.flinkmistral.task.runner.TaskRunner;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The same model without Flink: all records are asked for at once. */
record EngineContender(ModelLease model, Work work) implements Contender {
  @Override
  public String name() {
    return "engine";
  }

  @Override
  public List<Outcome> run(PromptTemplate template, List<Records.Item> records) {
    try (TaskRunner tasks = new TaskRunner(model.model(), model.settings())) {
      BoundTask task = tasks.bind(template, work.task(), TaskLimits.DEFAULT);
      long began = System.nanoTime();
      List<CompletableFuture<Outcome>> futures =
          records.stream()
              .map(record -> task.run(Map.of("text", record.text())))
              .map(result -> result.thenApply(r -> JobContender.outcome(began, r)))
              .toList();
      return futures.stream().map(CompletableFuture::join).toList();
    }
  }
}
