package io.flinkmistral.task;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.io.Serializable;
import java.util.Collection;

/** What is to be done with each record's prompt. */
public sealed interface Task extends Serializable
    permits CompletionTask,
        ClassificationTask,
        ExtractionTask,
        ScoringTask,
        EmbeddingTask,
        ModerationTask {

  /**
   * Checks that it can be done with a template, as far as can be told without a model.
   *
   * @throws InvalidRequestException where the two do not go together
   */
  default void requireFits(PromptTemplate template) {}

  /**
   * Checks the columns that it needs beside the template's.
   *
   * @throws InvalidRequestException where one is not known; it says which names are near
   */
  default void requireColumns(Collection<String> known) {}
}
