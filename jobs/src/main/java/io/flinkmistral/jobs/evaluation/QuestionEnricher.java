package io.flinkmistral.jobs.evaluation;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.enrichment.Enricher;
import io.flinkmistral.evaluation.Question;
import io.flinkmistral.evaluation.QuestionRunner;
import io.flinkmistral.jobs.enrichment.InputRecord;
import io.flinkmistral.jobs.enrichment.JsonRecords;
import io.flinkmistral.jobs.enrichment.OutputRecord;
import io.flinkmistral.jobs.json.QuestionReader;
import io.flinkmistral.jobs.json.QuestionResult;
import io.flinkmistral.operator.model.ModelRegistry;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.api.common.functions.RuntimeContext;

/** Questions to their results, or to dead letters. */
final class QuestionEnricher implements Enricher<InputRecord, OutputRecord> {
  private final QuestionRunner runner;

  private QuestionEnricher(QuestionRunner runner) {
    this.runner = runner;
  }

  /** What each subtask needs. */
  record Factory(MistralSettings settings, long seed)
      implements Enricher.Factory<InputRecord, OutputRecord> {
    private static final long serialVersionUID = 1L;

    @Override
    public QuestionEnricher open(RuntimeContext context) throws Exception {
      LanguageModel model = ModelRegistry.get(settings.model(), context);
      return new QuestionEnricher(new QuestionRunner(model, settings.stateless(), seed));
    }
  }

  @Override
  public CompletableFuture<OutputRecord> enrich(InputRecord record) {
    Question question;
    try {
      question = QuestionReader.read(JsonRecords.bytes(record));
    } catch (InvalidRequestException e) {
      return CompletableFuture.completedFuture(letter(record, e));
    }
    return runner
        .ask(question)
        .handle(
            (outcome, error) -> {
              if (error == null) {
                return OutputRecord.row(
                    record, QuestionResult.write(question, outcome, runner.fingerprint()));
              }
              Throwable cause = error instanceof CompletionException ? error.getCause() : error;
              if (cause instanceof InvalidRequestException e) {
                return letter(record, e);
              }
              throw new CompletionException(cause);
            });
  }

  private static OutputRecord letter(InputRecord record, InvalidRequestException e) {
    return OutputRecord.letter(record, e.code(), e.parameter(), e.getMessage());
  }

  @Override
  public void close() {
    runner.close();
  }
}
