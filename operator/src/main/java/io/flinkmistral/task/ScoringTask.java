package io.flinkmistral.task;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TemplateParts;
import io.flinkmistral.task.work.TaskResult;
import java.util.Collection;

/**
 * How likely a text is after the prompt: {@link TaskResult.Score}. After a user's message it is the
 * whole answer, with the end of turn; after a text it is how that goes on, without any end. There
 * both are encoded together, and spaces between them belong to the continuation.
 *
 * @param continuation the text, with columns of the record where there are to be any
 */
public record ScoringTask(String continuation) implements Task {
  private static final long serialVersionUID = 1L;

  public static final String PARAMETER = "continuation";

  /**
   * @throws InvalidRequestException where what is in braces is no column, or there is no text
   */
  public ScoringTask {
    TemplateParts.read(PARAMETER, continuation);
    if (continuation.isEmpty()) {
      throw new InvalidRequestException(PARAMETER, "continuation must not be empty");
    }
  }

  @Override
  public void requireColumns(Collection<String> known) {
    PromptTemplate.requireKnown(
        PARAMETER, TemplateParts.read(PARAMETER, continuation).columns(), known);
  }
}
