package io.flinkmistral.template;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The template that a model's file brings: a program that is never run, whatever it says. It is
 * looked at for the marks in it, which tell whether the model was trained on one of our templates.
 *
 * @param text the template
 */
public record ChatTemplate(String text) {
  private static final String BEGIN_INSTRUCTION = "[INST]";
  private static final String RESULTS = "[TOOL_RESULTS]";

  /** What v3 has in a tool's result and v2 has not. */
  private static final String CALL_ID = "call_id";

  private static final Set<String> OURS =
      Set.of(
          BEGIN_INSTRUCTION,
          "[/INST]",
          "[TOOL_CALLS]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          RESULTS,
          "[/TOOL_RESULTS]",
          "[IMG]");

  /** Marks of ChatML, Llama 2 and 3, Gemma, Zephyr, later Mistrals, and others. */
  private static final Pattern MARK =
      Pattern.compile(
          "<\\|[^|<>\\s]{1,40}\\|>|<</?[A-Z]{2,10}>>|<(?:start|end)_of_turn>|\\[/?[A-Z][A-Z_]{1,30}]");

  /**
   * What of it is none of ours: a mark, or that our own is missing; nothing where it is ours.
   *
   * @param used the template that the model is run with
   */
  public Optional<String> foreign(InstructTemplate used) {
    Matcher marks = MARK.matcher(text);
    while (marks.find()) {
      boolean ours =
          OURS.contains(marks.group())
              || used.equals(PieceTemplate.V7) && ControlPieces.NEW_IN_V7.contains(marks.group());
      if (!ours) {
        return Optional.of(marks.group());
      }
    }
    return text.contains(BEGIN_INSTRUCTION)
        ? Optional.empty()
        : Optional.of("no " + BEGIN_INSTRUCTION);
  }

  /** Whether system messages stand in it between pieces of their own. */
  boolean hasSystemPieces() {
    return text.contains(ControlPieces.BEGIN_SYSTEM);
  }

  /** Whether results of tools stand in it, by the ids of their calls or without. */
  Optional<Boolean> resultsHaveIds() {
    return text.contains(RESULTS) ? Optional.of(text.contains(CALL_ID)) : Optional.empty();
  }
}
