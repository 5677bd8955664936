package io.flinkmistral.task.work;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.task.prompt.ContextRoom;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptText;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * How a task is done with a record.
 *
 * @param <R> what the engine gives for it
 */
public interface TaskRun<R> {
  /** The prompts that it is done with. */
  PromptText prompts();

  /** Columns that are not in the prompt. */
  default List<String> otherColumns() {
    return List.of();
  }

  /** What is asked of the model for a prompt. */
  CompletionRequest request(Prompt prompt);

  /** Room for the prompt of a record with these texts. */
  ContextRoom room(Map<String, String> texts);

  /** Asks the engine. */
  CompletableFuture<R> start(FittedPrompt prompt);

  /** What has come of it. */
  Function<R, TaskResult> result(FittedPrompt prompt);
}
