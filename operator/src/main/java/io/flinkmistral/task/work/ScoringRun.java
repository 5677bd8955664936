package io.flinkmistral.task.work;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.task.ScoringTask;
import io.flinkmistral.task.prompt.ContextRoom;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import io.flinkmistral.task.prompt.TemplateParts;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Log-likelihoods of continuations. */
public record ScoringRun(TaskModel model, PromptText prompts, TemplateParts continuation)
    implements TaskRun<List<double[]>> {

  public static ScoringRun of(TaskModel model, PromptTemplate template, ScoringTask task) {
    return new ScoringRun(
        model,
        new PromptText(template, "", List.of()),
        TemplateParts.read(ScoringTask.PARAMETER, task.continuation()));
  }

  @Override
  public List<String> otherColumns() {
    return continuation.columns();
  }

  @Override
  public CompletionRequest request(Prompt prompt) {
    return TaskModel.request(withoutSpacesBehind(prompt), 0).build();
  }

  /** They belong to the continuation. */
  private static Prompt withoutSpacesBehind(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Chat chat -> chat;
      case Prompt.Text(String text) -> new Prompt.Text(text.stripTrailing());
    };
  }

  @Override
  public ContextRoom room(Map<String, String> texts) {
    int tokens = model.model().encodeWholeAnswer(continuation.fill(texts)).length;
    // What is encoded together has a token more, perhaps; the engine wants room for one behind.
    return model.room(tokens + 2, tokens + 2);
  }

  @Override
  public CompletableFuture<List<double[]>> start(FittedPrompt prompt) {
    String text = continuation.fill(prompt.texts());
    return switch (prompt.prompt()) {
      case Prompt.Chat _ -> score(prompt.tokens(), model.model().encodeWholeAnswer(text), text);
      case Prompt.Text _ -> {
        Prompt whole = new Prompt.Text(prompts.text(prompt.texts()) + text);
        int[] all = model.model().encodeTurn(true, TaskModel.request(whole, 0).build());
        int before = Math.min(prompt.tokens().length, all.length);
        yield score(Arrays.copyOf(all, before), Arrays.copyOfRange(all, before, all.length), text);
      }
    };
  }

  private CompletableFuture<List<double[]>> score(int[] prompt, int[] tokens, String text) {
    if (tokens.length == 0) {
      throw new InvalidRequestException(
          ScoringTask.PARAMETER,
          "the continuation \"%s\" has no token of its own".formatted(Excerpt.of(text)));
    }
    return model.client().score(prompt, List.of(tokens));
  }

  @Override
  public Function<List<double[]>, TaskResult> result(FittedPrompt prompt) {
    return scores -> {
      List<Double> tokens = Arrays.stream(scores.getFirst()).boxed().toList();
      double sum = LogProbabilities.sum(scores.getFirst());
      return new TaskResult.Score(sum, tokens, prompt.provenance(model.fingerprint()));
    };
  }
}
