package io.flinkmistral.task.prompt;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.NearestNames;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A prompt with columns of a record in it: <code>Classify: {{text}}</code>. It is filled in one
 * pass: what a record's text looks like has no meaning, neither for the template nor for the model,
 * for which it is encoded as text.
 *
 * @param text the user's message; <code>{{'{{'}}</code> stands for braces as they are
 * @param systemPrompt what the model is told beside it; empty for nothing
 * @param form how the model sees it
 */
public record PromptTemplate(String text, String systemPrompt, Form form) implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final String PARAMETER = "prompt";
  public static final String SYSTEM_PROMPT = "system_prompt";

  /** How the model sees a prompt. */
  public enum Form {
    /** As a user's message, in the form that an instruct model has learnt. */
    CHAT,
    /** As a text that goes on, for models that have learnt no other form. */
    TEXT
  }

  /**
   * @throws InvalidRequestException where there is no column in it, or what is in braces is none
   */
  public PromptTemplate {
    if (TemplateParts.read(PARAMETER, text).columns().isEmpty()) {
      throw new InvalidRequestException(
          PARAMETER,
          "the prompt names no column, so that it would be the same for all records: name one as"
              + " {{column}} in \"%s\"".formatted(Excerpt.of(text)));
    }
    if (form == Form.TEXT && !systemPrompt.isEmpty()) {
      throw new InvalidRequestException(
          SYSTEM_PROMPT,
          "a prompt that is a text has no system prompt: put it at the text's beginning");
    }
  }

  /** A user's message. */
  public static PromptTemplate of(String text) {
    return new PromptTemplate(text, "", Form.CHAT);
  }

  /** All columns: the text of the only one, or lines of names and texts. */
  public static PromptTemplate ofColumns(List<String> columns) {
    return of(
        columns.size() == 1
            ? "{{%s}}".formatted(columns.getFirst())
            : columns.stream()
                .map(name -> "%s: {{%s}}".formatted(name, name))
                .collect(Collectors.joining("\n")));
  }

  /** The same with a system prompt. */
  public PromptTemplate withSystemPrompt(String system) {
    return new PromptTemplate(text, system, form);
  }

  /** The same as a text that goes on. */
  public PromptTemplate asText() {
    return new PromptTemplate(text, systemPrompt, Form.TEXT);
  }

  /** The names of its columns, each once, in the order in which they come first. */
  public List<String> columns() {
    return parts().columns();
  }

  /** What stands before the first column: all prompts begin with it. */
  public String constantPrefix() {
    return parts().constantPrefix();
  }

  /**
   * The same, when all its columns are known.
   *
   * @throws InvalidRequestException where one is not; it says which names are near
   */
  public PromptTemplate requireColumns(Collection<String> known) {
    requireKnown(PARAMETER, columns(), known);
    return this;
  }

  public static void requireKnown(String what, List<String> columns, Collection<String> known) {
    for (String column : columns) {
      if (!known.contains(column)) {
        throw new InvalidRequestException(
            what,
            "%s names the column \"%s\", which is not among %s%s"
                .formatted(
                    what,
                    Excerpt.of(column),
                    Excerpt.ofMessage(String.join(", ", known)),
                    NearestNames.question("", column, known)));
      }
    }
  }

  TemplateParts parts() {
    return TemplateParts.read(PARAMETER, text);
  }
}
