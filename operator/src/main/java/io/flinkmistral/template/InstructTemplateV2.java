package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.List;
import java.util.OptionalInt;

/**
 * The template of Mistral's models between Instruct v0.2 and v0.3 (Small and Large of February
 * 2024): that of v3 but for how calls of tools and their results are written. Its vocabulary has
 * the pieces of v3.
 */
record InstructTemplateV2() implements InstructTemplate {
  @Override
  public String name() {
    return "v2";
  }

  @Override
  public OptionalInt toolCallsId(Vocabulary vocabulary) {
    return ControlPieces.toolCalls(vocabulary);
  }

  @Override
  public void requireFits(Vocabulary vocabulary) {
    ControlPieces.require(name(), ControlPieces.V3, vocabulary);
  }

  @Override
  public int[] renderTurn(
      Tokenizer tokenizer, boolean first, List<ChatMessage> messages, List<String> tools) {
    ControlPieces pieces = ControlPieces.require(name(), ControlPieces.V3, tokenizer.vocabulary());
    return ControlTemplate.render(tokenizer, pieces, ToolForm.V2, first, messages, tools);
  }
}
