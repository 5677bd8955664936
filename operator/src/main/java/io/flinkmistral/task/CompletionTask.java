package io.flinkmistral.task;

import io.flinkmistral.task.work.TaskResult;

/**
 * The model answers: {@link TaskResult.Text}.
 *
 * @param decoding how the answer is written
 */
public record CompletionTask(DecodingSettings decoding) implements Task {
  private static final long serialVersionUID = 1L;

  public CompletionTask() {
    this(DecodingSettings.GREEDY);
  }
}
