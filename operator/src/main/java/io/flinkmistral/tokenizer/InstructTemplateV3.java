package io.flinkmistral.tokenizer;

import io.flinkmistral.protocol.ChatMessage;
import java.util.List;
import java.util.OptionalInt;

/** The template of Mistral 7B Instruct v0.3; {@link ControlTemplate} says how it looks. */
record InstructTemplateV3() implements InstructTemplate {
  @Override
  public String name() {
    return "v3";
  }

  @Override
  public OptionalInt toolCallsId() {
    return OptionalInt.of(ControlPieces.TOOL_CALLS);
  }

  @Override
  public void requireFits(Vocabulary vocabulary) {
    ControlPieces.require(name(), vocabulary);
  }

  @Override
  public int[] renderTurn(
      Tokenizer tokenizer, boolean first, List<ChatMessage> messages, List<String> tools) {
    requireFits(tokenizer.vocabulary());
    return ControlTemplate.render(tokenizer, ToolForm.V3, first, messages, tools);
  }
}
