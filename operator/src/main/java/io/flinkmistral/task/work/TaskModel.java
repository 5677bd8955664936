package io.flinkmistral.task.work;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessClient;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.task.prompt.ContextRoom;
import io.flinkmistral.task.prompt.PromptText;
import io.flinkmistral.task.prompt.TaskLimits;

/**
 * What tasks need of a model.
 *
 * @param client takes part in the model's batch
 * @param settings of the client
 * @param limits of each record
 */
public record TaskModel(
    LanguageModel model, StatelessClient client, StatelessSettings settings, TaskLimits limits) {

  /** A request, whose ids are the seed and the prompt's own hash. */
  public static CompletionRequest.Builder request(Prompt prompt, long seed) {
    return CompletionRequest.of(PromptText.hash(prompt), "seed " + seed).prompt(prompt);
  }

  /** Most tokens of prompt and answer. */
  public int contextLimit() {
    int most = model.contextLimit();
    return limits.maxContext() == 0 ? most : Math.min(most, limits.maxContext());
  }

  /**
   * @param answer tokens that follow a prompt at the least
   * @param wanted tokens that are to have room where a text is cut
   */
  ContextRoom room(int answer, int wanted) {
    return new ContextRoom(
        model, contextLimit(), answer, wanted, settings.mostPromptTokens(), limits.overflow());
  }

  public String fingerprint() {
    return model.systemFingerprint();
  }
}
