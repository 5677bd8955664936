package io.flinkmistral.task.work;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.task.prompt.ContextRoom;
import io.flinkmistral.task.prompt.FittedPrompt;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A task for which the model writes nothing, but scores what it might answer. */
sealed interface AnswersRun extends TaskRun<List<double[]>>
    permits ClassificationRun, ModerationRun {

  TaskModel model();

  /** Tokens of each answer, with the end of its turn. */
  List<int[]> answers();

  @Override
  default CompletionRequest request(Prompt prompt) {
    return TaskModel.request(prompt, 0).build();
  }

  @Override
  default ContextRoom room(Map<String, String> texts) {
    // The engine wants room for one token behind what it scores.
    int longest = answers().stream().mapToInt(answer -> answer.length).max().orElseThrow() + 1;
    return model().room(longest, longest);
  }

  @Override
  default CompletableFuture<List<double[]>> start(FittedPrompt prompt) {
    return model().client().score(prompt.tokens(), answers());
  }
}
