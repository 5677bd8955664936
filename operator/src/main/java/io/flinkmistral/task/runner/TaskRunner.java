package io.flinkmistral.task.runner;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessClient;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.EmbeddingTask;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.ModerationTask;
import io.flinkmistral.task.ScoringTask;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.work.ClassificationRun;
import io.flinkmistral.task.work.CompletionRun;
import io.flinkmistral.task.work.EmbeddingRun;
import io.flinkmistral.task.work.ExtractionRun;
import io.flinkmistral.task.work.ModerationRun;
import io.flinkmistral.task.work.ScoringRun;
import io.flinkmistral.task.work.TaskModel;
import io.flinkmistral.task.work.TaskRun;

/**
 * Does tasks on a model: their prompts are decoded in the model's one batch, beside all others.
 * Safe for use by many threads.
 */
public final class TaskRunner implements AutoCloseable {
  private final LanguageModel model;
  private final StatelessSettings settings;
  private final StatelessClient client;

  public TaskRunner(LanguageModel model, StatelessSettings settings) {
    this.model = model;
    this.settings = settings;
    this.client = model.stateless(settings);
  }

  /**
   * A task with a template.
   *
   * @throws InvalidRequestException where the two do not go together, or the model cannot do it
   */
  public BoundTask bind(PromptTemplate template, Task task, TaskLimits limits) {
    task.requireFits(template);
    TaskModel bound = new TaskModel(model, client, settings, limits);
    TaskRun<?> run =
        switch (task) {
          case CompletionTask completion -> CompletionRun.of(bound, template, completion);
          case ClassificationTask labels -> ClassificationRun.of(bound, template, labels);
          case ExtractionTask fields -> ExtractionRun.of(bound, template, fields);
          case ScoringTask score -> ScoringRun.of(bound, template, score);
          case EmbeddingTask vector -> EmbeddingRun.of(bound, template, vector);
          case ModerationTask moderation -> ModerationRun.of(bound, template, moderation);
        };
    return new BoundTask(
        run, limits.deadline(), TaskDigest.of(bound, run.prompts(), template, task));
  }

  /** Tokens of prompts so far that were computed for another one that begins alike. */
  public long sharedTokens() {
    return client.sharedTokens();
  }

  /** Ends what has not ended: its futures fail. */
  @Override
  public void close() {
    client.close();
  }
}
