package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.List;
import java.util.OptionalInt;

/** The template of Mistral 7B Instruct v0.3; {@link ControlTemplate} says how it looks. */
record InstructTemplateV3() implements InstructTemplate {
  @Override
  public String name() {
    return "v3";
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
    return ControlTemplate.render(tokenizer, pieces, ToolForm.V3, first, messages, tools);
  }
}
