package io.flinkmistral.task.prompt;

import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Prompt;
import java.util.Map;
import java.util.Optional;

/**
 * A record's prompt that the context has room for.
 *
 * @param texts of the record's columns, perhaps cut
 * @param tokens all of the prompt, BOS included
 * @param truncated whether texts were cut
 */
public record FittedPrompt(
    Map<String, String> texts, Prompt prompt, String hash, int[] tokens, boolean truncated) {
  /** Of a result that nothing was drawn for. */
  public Provenance provenance(String model) {
    return new Provenance(model, hash, tokens.length, 0, truncated, Optional.empty());
  }

  /** Of an answer. */
  public Provenance provenance(String model, int completionTokens, FinishReason finishReason) {
    return new Provenance(
        model, hash, tokens.length, completionTokens, truncated, Optional.of(finishReason));
  }
}
