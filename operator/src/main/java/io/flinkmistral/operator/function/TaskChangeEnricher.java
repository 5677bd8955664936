package io.flinkmistral.operator.function;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.enrichment.changelog.ChangeEnricher;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/** Does a task with rows that change. */
public final class TaskChangeEnricher implements ChangeEnricher<Enriched<Row>> {
  private final TaskEnricher<Row> enricher;

  private TaskChangeEnricher(TaskEnricher<Row> enricher) {
    this.enricher = enricher;
  }

  /** What each subtask needs. */
  public record Factory(TaskEnricher.Factory<Row> enricher)
      implements ChangeEnricher.Factory<Enriched<Row>> {
    private static final long serialVersionUID = 1L;

    @Override
    public ChangeEnricher<Enriched<Row>> open(RuntimeContext context) throws Exception {
      return new TaskChangeEnricher(enricher.open(context));
    }
  }

  @Override
  public String digest(Row row) {
    return enricher.digest(row).orElse(NONE);
  }

  @Override
  public CompletableFuture<Answer<Enriched<Row>>> enrich(Row row) {
    CompletableFuture<Enriched<Row>> enriched = enricher.enrich(row);
    CompletableFuture<Answer<Enriched<Row>>> answer =
        enriched.thenApply(result -> new Answer<>(result, lasts(result)));
    answer.whenComplete(
        (_, _) -> {
          if (answer.isCancelled()) {
            enriched.cancel(false);
          }
        });
    return answer;
  }

  private static boolean lasts(Enriched<Row> enriched) {
    return switch (enriched) {
      case Enriched.Done<Row> _ -> true;
      case Enriched.Failed<Row> failed -> !failed.code().mayPass();
    };
  }

  @Override
  public Enriched<Row> repeated(Enriched<Row> earlier, Row row) {
    return earlier.with(row);
  }

  @Override
  public Enriched<Row> ofKind(RowKind kind, Enriched<Row> row) {
    Row copy = Row.copy(row.record());
    copy.setKind(kind);
    return row.with(copy);
  }

  @Override
  public void close() {
    enricher.close();
  }
}
