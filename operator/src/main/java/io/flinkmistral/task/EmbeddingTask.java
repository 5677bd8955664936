package io.flinkmistral.task;

import io.flinkmistral.generation.Embedding.Pooling;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.work.TaskResult;

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

  @Override
  public void requireFits(PromptTemplate template) {
    if (!template.systemPrompt().isEmpty()) {
      throw new InvalidRequestException(
          PromptTemplate.SYSTEM_PROMPT,
          "a vector is made of a text by itself, without a system prompt: leave it out, or put it"
              + " at the prompt's beginning");
    }
  }
}
