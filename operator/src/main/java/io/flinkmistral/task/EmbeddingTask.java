package io.flinkmistral.task;

import io.flinkmistral.generation.Embedding.Pooling;

/**
 * A vector of length 1: {@link TaskResult.Vector}. It is made of the hidden states after the last
 * layer and the norm before the output. The prompt is taken as a text, without the form of a user's
 * message, whatever the template says; BOS stands before it, and nothing behind it.
 *
 * @param pooling the mean of all tokens' hidden states, BOS included, or the last token's
 */
public record EmbeddingTask(Pooling pooling) implements Task {
  private static final long serialVersionUID = 1L;

  public EmbeddingTask() {
    this(Pooling.MEAN);
  }
}
