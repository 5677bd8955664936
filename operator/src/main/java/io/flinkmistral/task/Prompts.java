package io.flinkmistral.task;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.util.List;

/** Prompts for what is often asked of a text. Each has one column, {@link #TEXT}. */
public final class Prompts {
  /** The column's name. */
  public static final String TEXT = "text";

  /** Tokens of a summary for a word of it; most words have fewer. */
  private static final int TOKENS_OF_WORD = 3;

  /** A task and the template that it is done with. */
  public record Prompted(PromptTemplate template, Task task) {}

  private Prompts() {}

  /** Whether what a text says is positive, negative, mixed or neutral. */
  public static Prompted sentiment() {
    return new Prompted(
        PromptTemplate.of("What is the sentiment of this text?\n\n{{text}}"),
        ClassificationTask.of(
            List.of(
                new Label("positive", "the writer is pleased, or praises something"),
                new Label("negative", "the writer is displeased, or complains of something"),
                new Label("neutral", "facts or questions, without approval or disapproval"),
                new Label("mixed", "approval and disapproval of about the same weight"))));
  }

  /** Which of some labels fits a text best. */
  public static Prompted classify(List<Label> labels) {
    return new Prompted(
        PromptTemplate.of("Which label fits this text best?\n\n{{text}}"),
        ClassificationTask.of(labels));
  }

  /** Whether something is wrong with a text. */
  public static Prompted moderate(Rubric rubric) {
    return new Prompted(rubric.template(), ModerationTask.of(rubric, ModerationTask.THRESHOLD));
  }

  /** What a text says of some fields. */
  public static Prompted extract(List<FieldType.Field> fields) {
    return new Prompted(
        PromptTemplate.of("Take the fields out of this text:\n\n{{text}}"),
        ExtractionTask.of(fields));
  }

  /**
   * What a text says in a few words.
   *
   * @param words the most that it is to have
   */
  public static Prompted summarize(int words) {
    if (words < 1 || words > 10_000) {
      throw InvalidRequestException.outOfRange("words", words, "from 1 to 10000");
    }
    return new Prompted(
        PromptTemplate.of("Summarize this text:\n\n{{text}}")
            .withSystemPrompt(
                ("You summarize what the user sends in at most "
                    + words
                    + " words, in whole sentences and in"
                    + " the language of the text. Say what matters most first. Add nothing that"
                    + " is not in it, and no words about the summary itself.")),
        new CompletionTask(DecodingSettings.GREEDY.withMaxTokens(TOKENS_OF_WORD * words + 16)));
  }
}
