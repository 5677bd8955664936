package io.flinkmistral.tokenizer;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.List;
import java.util.OptionalInt;

/**
 * The template of Mistral 7B Instruct v0.3: scaffolding of control ids, with tools. Tools stand
 * before the last turn of a user, the system prompt inside it.
 *
 * <pre>
 *   BOS [AVAILABLE_TOOLS] tools [/AVAILABLE_TOOLS] [INST] user [/INST] [TOOL_CALLS] calls EOS
 *   [TOOL_RESULTS] result [/TOOL_RESULTS] answer EOS [INST] user [/INST]
 * </pre>
 */
record InstructTemplateV3() implements InstructTemplate {
  /** The control pieces by their id, from {@link #FIRST_CONTROL}. */
  private static final List<String> CONTROLS =
      List.of(
          "[INST]",
          "[/INST]",
          "[TOOL_CALLS]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]");

  private static final int FIRST_CONTROL = 3;
  private static final int BEGIN_INSTRUCTION = 3;
  private static final int END_INSTRUCTION = 4;
  private static final int TOOL_CALLS = 5;
  private static final int BEGIN_TOOLS = 6;
  private static final int END_TOOLS = 7;
  private static final int BEGIN_RESULT = 8;
  private static final int END_RESULT = 9;

  /** Whether the vocabulary has this template's control pieces at their ids. */
  static boolean fits(Vocabulary vocabulary) {
    int end = FIRST_CONTROL + CONTROLS.size();
    return vocabulary.size() >= end
        && vocabulary.pieces().subList(FIRST_CONTROL, end).equals(CONTROLS)
        && vocabulary.types().subList(FIRST_CONTROL, end).stream()
            .allMatch(type -> type == PieceType.CONTROL);
  }

  @Override
  public String name() {
    return "v3";
  }

  @Override
  public OptionalInt toolCallsId() {
    return OptionalInt.of(TOOL_CALLS);
  }

  @Override
  public int[] renderTurn(
      Tokenizer tokenizer, boolean first, List<ChatMessage> messages, List<String> tools) {
    if (!fits(tokenizer.vocabulary())) {
      throw new IllegalArgumentException(
          "template v3 needs the control pieces %s at the ids from %d on, which the model's vocabulary"
                  .formatted(CONTROLS, FIRST_CONTROL)
              + " does not have: use template v1");
    }
    Dialogue dialogue = Dialogue.of(first, messages);
    int lastUser = dialogue.lastUser();
    if (lastUser < 0) {
      requireNone("messages", "a system prompt", dialogue.systemPrompt().isEmpty());
      requireNone("tools", "a definition of tools", tools.isEmpty());
    }
    Rendering rendering = new Rendering(tokenizer);
    if (first) {
      rendering.ids.add(tokenizer.vocabulary().bosId());
    }
    for (int i = 0; i < dialogue.turns().size(); i++) {
      switch (dialogue.turns().get(i)) {
        case Dialogue.User user -> {
          boolean last = i == lastUser;
          rendering.addTools(last ? tools : List.of());
          rendering.addUser(last ? dialogue.withSystemPrompt(user) : user.text());
        }
        case Dialogue.Assistant answer -> rendering.addAnswer(answer);
        case Dialogue.ToolResult result -> rendering.addResult(result);
      }
    }
    return rendering.ids.toArray();
  }

  private static void requireNone(String parameter, String what, boolean none) {
    if (!none) {
      throw new InvalidRequestException(
          parameter,
          what + " needs a message of a user beside it: what earlier requests brought still holds");
    }
  }

  /** Ids that are being put together. */
  private record Rendering(Tokenizer tokenizer, IdBuffer ids) {
    Rendering(Tokenizer tokenizer) {
      this(tokenizer, new IdBuffer(0));
    }

    void addTools(List<String> tools) {
      if (!tools.isEmpty()) {
        addEnclosed(BEGIN_TOOLS, ToolJson.definitions(tools), END_TOOLS);
      }
    }

    void addUser(String text) {
      addEnclosed(BEGIN_INSTRUCTION, text, END_INSTRUCTION);
    }

    void addAnswer(Dialogue.Assistant answer) {
      if (!answer.calls().isEmpty() && !answer.text().isEmpty()) {
        throw new InvalidRequestException(
            "messages",
            "the assistant's messages in a row both call tools and have a text, which template v3"
                + " has no form for: leave the text out");
      }
      int eos = tokenizer.vocabulary().eosId();
      if (answer.calls().isEmpty()) {
        ids.addAll(tokenizer.encode(withoutTrailingSpaces(answer.text())));
        ids.add(eos);
      } else {
        addEnclosed(TOOL_CALLS, ToolJson.calls(answer.calls()), eos);
      }
    }

    void addResult(Dialogue.ToolResult result) {
      addEnclosed(BEGIN_RESULT, ToolJson.result(result), END_RESULT);
    }

    private void addEnclosed(int begin, String text, int end) {
      ids.add(begin);
      ids.addAll(tokenizer.encode(text));
      ids.add(end);
    }
  }

  private static String withoutTrailingSpaces(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(0, end);
  }
}
