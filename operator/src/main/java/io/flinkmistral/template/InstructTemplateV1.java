package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.template.dialogue.Dialogue;
import io.flinkmistral.template.dialogue.ToolTexts;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.List;
import java.util.OptionalInt;

/**
 * The template of Mistral 7B Instruct v0.1 and v0.2: {@code [INST]} and {@code [/INST]} are plain
 * text, and there are no tools, unless they are put into words. The system prompt stands before the
 * first text of a user.
 */
record InstructTemplateV1(UnknownTools tools) implements InstructTemplate {
  @Override
  public String name() {
    return "v1";
  }

  @Override
  public String fingerprint() {
    return InstructTemplate.super.fingerprint()
        + switch (tools) {
          case REFUSE -> "";
          case PROMPT -> " tools in words";
        };
  }

  @Override
  public InstructTemplate withUnknownTools(UnknownTools way) {
    return new InstructTemplateV1(way);
  }

  @Override
  public boolean hasCallsAsText() {
    return tools == UnknownTools.PROMPT;
  }

  @Override
  public OptionalInt toolCallsId(Vocabulary vocabulary) {
    return OptionalInt.empty();
  }

  /** All of it is text, which every vocabulary can spell. */
  @Override
  public void requireFits(Vocabulary vocabulary) {}

  @Override
  public int[] renderTurn(
      Tokenizer tokenizer, boolean first, List<ChatMessage> messages, List<String> definitions) {
    return switch (tools) {
      case REFUSE -> {
        if (!definitions.isEmpty()) {
          throw noTools("tools", "definitions of tools");
        }
        yield render(tokenizer, first, messages);
      }
      case PROMPT -> render(tokenizer, first, ToolTexts.of(messages, definitions));
    };
  }

  private int[] render(Tokenizer tokenizer, boolean first, List<ChatMessage> messages) {
    Dialogue dialogue = Dialogue.of(first, messages);
    int firstUser = dialogue.firstUser();
    IdBuffer ids = new IdBuffer(0);
    if (first) {
      ids.add(tokenizer.vocabulary().bosId());
    }
    for (int i = 0; i < dialogue.turns().size(); i++) {
      switch (dialogue.turns().get(i)) {
        case Dialogue.User user -> {
          String text = i == firstUser ? dialogue.withSystemPrompt(user) : user.text();
          ids.addAll(tokenizer.encode("[INST] " + text + " [/INST]"));
        }
        case Dialogue.Assistant answer -> {
          if (!answer.calls().isEmpty()) {
            throw noTools(
                "messages", "a call of the tool '" + answer.calls().getFirst().name() + "'");
          }
          ids.addAll(encodeAnswer(tokenizer, answer.text()));
          ids.add(tokenizer.vocabulary().eosId());
        }
        case Dialogue.SystemPrompt _ -> {}
        case Dialogue.ToolResult _ -> throw noTools("messages", "a tool's result");
      }
    }
    return ids.toArray();
  }

  @Override
  public int[] encodeAnswer(Tokenizer tokenizer, String text) {
    return tokenizer.encode(text);
  }

  private static InvalidRequestException noTools(String parameter, String what) {
    return new InvalidRequestException(
        parameter,
        "the request has "
            + what
            + ", but the model's template v1 knows no tools: leave them out, set option"
            + " template.tools to prompt, or use a model with template v3");
  }
}
