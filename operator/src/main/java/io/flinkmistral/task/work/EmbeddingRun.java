package io.flinkmistral.task.work;

import io.flinkmistral.generation.Embedding;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.task.EmbeddingTask;
import io.flinkmistral.task.prompt.ContextRoom;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Vectors. */
public record EmbeddingRun(TaskModel model, PromptText prompts, Embedding.Pooling pooling)
    implements TaskRun<float[]> {

  public static EmbeddingRun of(TaskModel model, PromptTemplate template, EmbeddingTask task) {
    return new EmbeddingRun(
        model, new PromptText(template.asText(), "", List.of()), task.pooling());
  }

  @Override
  public CompletionRequest request(Prompt prompt) {
    return TaskModel.request(prompt, 0).build();
  }

  @Override
  public ContextRoom room(Map<String, String> texts) {
    return model.room(1, 1); // The engine wants room for one token behind it.
  }

  @Override
  public CompletableFuture<float[]> start(FittedPrompt prompt) {
    return model.client().embed(prompt.tokens(), pooling);
  }

  @Override
  public Function<float[], TaskResult> result(FittedPrompt prompt) {
    return vector -> new TaskResult.Vector(vector, prompt.provenance(model.fingerprint()));
  }
}
