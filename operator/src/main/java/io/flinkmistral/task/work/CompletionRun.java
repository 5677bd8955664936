package io.flinkmistral.task.work;

import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.DecodingSettings;
import io.flinkmistral.task.prompt.ContextRoom;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import io.flinkmistral.task.prompt.Provenance;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Answers.
 *
 * @param form that they are held to
 */
public record CompletionRun(
    TaskModel model, PromptText prompts, DecodingSettings decoding, Optional<OutputConstraint> form)
    implements TaskRun<Completion> {

  public static CompletionRun of(TaskModel model, PromptTemplate template, CompletionTask task) {
    return new CompletionRun(
        model, new PromptText(template, "", List.of()), task.decoding(), Optional.empty());
  }

  @Override
  public CompletionRequest request(Prompt prompt) {
    return TaskModel.request(prompt, decoding.seed())
        .sampling(decoding.sampling())
        .stop(decoding.stopConditions())
        .constraint(form)
        .build();
  }

  @Override
  public ContextRoom room(Map<String, String> texts) {
    return model.room(1, decoding.maxTokens());
  }

  @Override
  public CompletableFuture<Completion> start(FittedPrompt prompt) {
    CompletionRequest request = request(prompt.prompt());
    int most = request.stop().maxTokens().orElse(model.settings().maxTokens());
    int room = model.contextLimit() - prompt.tokens().length;
    return model
        .client()
        .complete(request.but().maxTokens(Math.min(most, room)).build(), piece -> {});
  }

  @Override
  public Function<Completion, TaskResult> result(FittedPrompt prompt) {
    return completion ->
        new TaskResult.Text(completion.text(), provenance(model, prompt, completion));
  }

  static Provenance provenance(TaskModel model, FittedPrompt prompt, Completion completion) {
    return prompt.provenance(
        model.fingerprint(), completion.usage().completionTokens(), completion.finishReason());
  }
}
