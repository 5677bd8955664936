package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.List;

/**
 * What the templates v2 and v3 have in common: scaffolding of control ids, with tools. Tools stand
 * before the last turn of a user, the system prompt inside it.
 *
 * <pre>
 *   BOS [AVAILABLE_TOOLS] tools [/AVAILABLE_TOOLS] [INST] user [/INST] [TOOL_CALLS] calls EOS
 *   [TOOL_RESULTS] result [/TOOL_RESULTS] answer EOS [INST] user [/INST]
 * </pre>
 */
final class ControlTemplate {
  private final Tokenizer tokenizer;
  private final ControlPieces pieces;
  private final ToolForm form;
  private final IdBuffer ids = new IdBuffer(0);

  private ControlTemplate(Tokenizer tokenizer, ControlPieces pieces, ToolForm form) {
    this.tokenizer = tokenizer;
    this.pieces = pieces;
    this.form = form;
  }

  /** The ids of a turn; see {@link InstructTemplate#renderTurn}. */
  static int[] render(
      Tokenizer tokenizer,
      ControlPieces pieces,
      ToolForm form,
      boolean first,
      List<ChatMessage> messages,
      List<String> tools) {
    Dialogue dialogue = Dialogue.of(first, messages);
    ControlTemplate template = new ControlTemplate(tokenizer, pieces, form);
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
    for (int i = 0; i < dialogue.turns().size(); i++) {
      boolean keepsTools = !first || i > lastUser || form.keepsEarlierCalls();
      switch (dialogue.turns().get(i)) {
        case Dialogue.User user -> {
          boolean last = i == lastUser;
          addTools(last ? tools : List.of());
          addEnclosed(
              pieces.beginInstruction(),
              last ? dialogue.withSystemPrompt(user) : user.text(),
              pieces.endInstruction());
        }
        case Dialogue.Assistant answer -> addAnswer(answer, keepsTools);
        case Dialogue.ToolResult result -> {
          if (keepsTools) {
            addEnclosed(pieces.beginResult(), form.result(result), pieces.endResult());
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
      addEnclosed(pieces.beginTools(), ToolJson.definitions(tools), pieces.endTools());
    }
  }

  private void addAnswer(Dialogue.Assistant answer, boolean keepsTools) {
    if (!answer.calls().isEmpty() && !answer.text().isEmpty()) {
      throw new InvalidRequestException(
          "messages",
          "the assistant's messages in a row both call tools and have a text, which the model's"
              + " template has no form for: leave the text out");
    }
    int eos = tokenizer.vocabulary().eosId();
    if (answer.calls().isEmpty()) {
      ids.addAll(tokenizer.encode(withoutTrailingSpaces(answer.text())));
      ids.add(eos);
    } else if (keepsTools) {
      addEnclosed(pieces.toolCalls(), form.calls(answer.calls()), eos);
    }
  }

  private void addEnclosed(int begin, String text, int end) {
    ids.add(begin);
    ids.addAll(tokenizer.encode(text));
    ids.add(end);
  }

  private static String withoutTrailingSpaces(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(0, end);
  }
}
