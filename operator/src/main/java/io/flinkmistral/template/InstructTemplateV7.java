package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.List;
import java.util.OptionalInt;

/**
 * The template of Mistral's models from November 2024 to the middle of 2025 (Large 2411, Small 3
 * and 3.1): that of v3, but that each system message stands where it was said, between pieces of
 * its own, that an answer may have a text and calls of tools, and that a tool's result is its
 * call's id and the content as it is.
 */
record InstructTemplateV7() implements InstructTemplate {
  @Override
  public String name() {
    return "v7";
  }

  @Override
  public OptionalInt toolCallsId(Vocabulary vocabulary) {
    return ControlPieces.toolCalls(vocabulary);
  }

  @Override
  public void requireFits(Vocabulary vocabulary) {
    ControlPieces.require(name(), ControlPieces.V7, vocabulary);
  }

  @Override
  public int[] renderTurn(
      Tokenizer tokenizer, boolean first, List<ChatMessage> messages, List<String> tools) {
    ControlPieces pieces = ControlPieces.require(name(), ControlPieces.V7, tokenizer.vocabulary());
    return ControlTemplate.render(tokenizer, pieces, ToolForm.V7, first, messages, tools);
  }
}
