package io.flinkmistral.engine;

import io.flinkmistral.engine.batch.BatchLimits;
import java.io.Serializable;

/**
 * What a caller that keeps no conversations asks for.
 *
 * @param batch limits of the model's batch
 * @param kvBytes memory for keys and values, of all such callers of the model together; where they
 *     ask for different amounts, the greatest counts
 * @param maxTokens tokens of an answer whose request does not say
 * @param mostPromptTokens tokens that a request may have
 * @param sharing of equal beginnings
 */
public record StatelessSettings(
    BatchLimits batch, long kvBytes, int maxTokens, int mostPromptTokens, PrefixSharing sharing)
    implements Serializable {
  private static final long serialVersionUID = 2L;

  /** One that shares no beginnings. */
  public StatelessSettings(BatchLimits batch, long kvBytes, int maxTokens, int mostPromptTokens) {
    this(batch, kvBytes, maxTokens, mostPromptTokens, PrefixSharing.NONE);
  }
}
