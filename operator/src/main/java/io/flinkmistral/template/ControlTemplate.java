package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.template.dialogue.Dialogue;
import io.flinkmistral.template.dialogue.ToolForm;
import io.flinkmistral.template.dialogue.ToolJson;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.List;

/**
 * What the templates from v2 on have in common: scaffolding of control ids, with tools. Tools stand
 * before the last turn of a user, the system prompt inside it; or, where they are to be {@link
 * SystemPosition#FIRST}, before and inside the first one.
 *
 * <pre>
 *   BOS [AVAILABLE_TOOLS] tools [/AVAILABLE_TOOLS] [INST] user [/INST] [TOOL_CALLS] calls EOS
 *   [TOOL_RESULTS] result [/TOOL_RESULTS] answer EOS [INST] user [/INST]
 * </pre>
 *
 * <p>In v7, a system prompt and a result are these, and an answer may have a text before its calls:
 *
 * <pre>
 *   [SYSTEM_PROMPT] system [/SYSTEM_PROMPT]
 *   [TOOL_RESULTS] id [TOOL_CONTENT] result [/TOOL_RESULTS]
 * </pre>
 */
final class ControlTemplate {
  private final Tokenizer tokenizer;
  private final ControlPieces pieces;
  private final ToolForm form;
  private final SystemPosition system;
  private final IdBuffer ids = new IdBuffer(0);

  private ControlTemplate(
      Tokenizer tokenizer, ControlPieces pieces, ToolForm form, SystemPosition system) {
    this.tokenizer = tokenizer;
    this.pieces = pieces;
    this.form = form;
    this.system = system;
  }

  /** The ids of a turn; see {@link InstructTemplate#renderTurn}. */
  static int[] render(
      Tokenizer tokenizer,
      ControlPieces pieces,
      ToolForm form,
      SystemPosition system,
      boolean first,
      List<ChatMessage> messages,
      List<String> tools) {
    Dialogue dialogue =
        form.systemStandsApart()
            ? Dialogue.withSystemTurns(first, messages)
            : Dialogue.of(first, messages);
    ControlTemplate template = new ControlTemplate(tokenizer, pieces, form, system);
    template.add(dialogue, first, tools);
    return template.ids.toArray();
  }

  private void add(Dialogue dialogue, boolean first, List<String> tools) {
    int lastUser = dialogue.lastUser();
    if (lastUser < 0) {
      requireNone("messages", "a system prompt", dialogue.systemPrompt().isEmpty());
      requireNone("tools", "a definition of tools", tools.isEmpty());
    }
    if (first) {
      ids.add(tokenizer.vocabulary().bosId());
    }
    int instructed =
        switch (system) {
          case LAST -> lastUser;
          case FIRST -> dialogue.firstUser();
        };
    for (int i = 0; i < dialogue.turns().size(); i++) {
      boolean keepsTools =
          !first
              || i > lastUser
              || form.keepsEarlierCalls()
              || system == SystemPosition.FIRST; // What was said before stays as it was.
      switch (dialogue.turns().get(i)) {
        case Dialogue.User user -> {
          boolean withSystem = i == instructed;
          addTools(withSystem ? tools : List.of());
          addEnclosed(
              ControlPieces.BEGIN_INSTRUCTION,
              withSystem ? dialogue.withSystemPrompt(user) : user.text(),
              ControlPieces.END_INSTRUCTION);
        }
        case Dialogue.SystemPrompt system ->
            addEnclosed(ControlPieces.BEGIN_SYSTEM, system.text(), ControlPieces.END_SYSTEM);
        case Dialogue.Assistant answer -> addAnswer(answer, keepsTools);
        case Dialogue.ToolResult result -> {
          if (keepsTools) {
            addResult(result);
          }
        }
      }
    }
  }

  private static void requireNone(String parameter, String what, boolean none) {
    if (!none) {
      throw new InvalidRequestException(
          parameter,
          what + " needs a message of a user beside it: what earlier requests brought still holds");
    }
  }

  private void addTools(List<String> tools) {
    if (!tools.isEmpty()) {
      addEnclosed(ControlPieces.BEGIN_TOOLS, ToolJson.definitions(tools), ControlPieces.END_TOOLS);
    }
  }

  private void addAnswer(Dialogue.Assistant answer, boolean keepsTools) {
    boolean calls = !answer.calls().isEmpty();
    if (calls && !answer.text().isEmpty() && !form.allowsTextBesideCalls()) {
      throw new InvalidRequestException(
          "messages",
          "the assistant's messages in a row both call tools and have a text, which the model's"
              + " template has no form for: leave the text out");
    }
    if (calls && !keepsTools) {
      return;
    }
    ids.addAll(answer(tokenizer, answer.text()));
    if (calls) {
      add(ControlPieces.TOOL_CALLS);
      addText(form.calls(answer.calls()));
    }
    ids.add(tokenizer.vocabulary().eosId());
  }

  private void addResult(Dialogue.ToolResult result) {
    add(ControlPieces.BEGIN_RESULT);
    if (form.idStandsApart()) {
      addText(ToolJson.callId(result));
      add(ControlPieces.TOOL_CONTENT);
    }
    addText(form.result(result));
    add(ControlPieces.END_RESULT);
  }

  private void addEnclosed(String begin, String text, String end) {
    add(begin);
    addText(text);
    add(end);
  }

  private void add(String piece) {
    ids.add(pieces.id(piece));
  }

  private void addText(String text) {
    ids.addAll(tokenizer.encode(text));
  }

  /** The ids of an answer's text, which the templates take trailing spaces off. */
  static int[] answer(Tokenizer tokenizer, String text) {
    return tokenizer.encode(withoutTrailingSpaces(text));
  }

  private static String withoutTrailingSpaces(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(0, end);
  }
}
