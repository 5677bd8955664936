package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.template.dialogue.ToolForm;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.List;
import java.util.OptionalInt;

/**
 * The templates of control pieces, from v2 on; {@link ControlTemplate} says how they look.
 *
 * @param name of the template
 * @param texts of the pieces that it is put together from
 * @param form of what differs from one to the next
 * @param system where system prompt and tools stand
 */
record PieceTemplate(String name, List<String> texts, ToolForm form, SystemPosition system)
    implements InstructTemplate {
  /**
   * The template of Mistral's models between Instruct v0.2 and v0.3 (Small and Large of February
   * 2024): that of v3 but for how calls of tools and their results are written. Its vocabulary has
   * the pieces of v3.
   */
  static final PieceTemplate V2 =
      new PieceTemplate("v2", ControlPieces.V3, ToolForm.V2, SystemPosition.LAST);

  /** The template of Mistral 7B Instruct v0.3. */
  static final PieceTemplate V3 =
      new PieceTemplate("v3", ControlPieces.V3, ToolForm.V3, SystemPosition.LAST);

  /**
   * The template of Mistral's models from November 2024 to the middle of 2025 (Large 2411, Small 3
   * and 3.1): that of v3, but that each system message stands where it was said, between pieces of
   * its own, that an answer may have a text and calls of tools, and that a tool's result is its
   * call's id and the content as it is.
   */
  static final PieceTemplate V7 =
      new PieceTemplate("v7", ControlPieces.V7, ToolForm.V7, SystemPosition.LAST);

  @Override
  public String fingerprint() {
    return InstructTemplate.super.fingerprint()
        + switch (system) {
          case LAST -> "";
          case FIRST -> " system first";
        };
  }

  @Override
  public InstructTemplate withSystem(SystemPosition position) {
    return new PieceTemplate(name, texts, form, position);
  }

  @Override
  public OptionalInt toolCallsId(Vocabulary vocabulary) {
    return ControlPieces.toolCalls(vocabulary);
  }

  @Override
  public void requireFits(Vocabulary vocabulary) {
    ControlPieces.require(name, texts, vocabulary);
  }

  @Override
  public int[] renderTurn(
      Tokenizer tokenizer, boolean first, List<ChatMessage> messages, List<String> tools) {
    ControlPieces pieces = ControlPieces.require(name, texts, tokenizer.vocabulary());
    return ControlTemplate.render(tokenizer, pieces, form, system, first, messages, tools);
  }

  @Override
  public int[] encodeAnswer(Tokenizer tokenizer, String text) {
    return ControlTemplate.answer(tokenizer, text);
  }
}
