package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.template.dialogue.ToolJson;
import io.flinkmistral.tokenizer.TokenStreamDecoder;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages of a turn, read back from its ids, as the model sees them: a system prompt stands in
 * the message that it was put into, and definitions of tools are none.
 *
 * <p>In template v1 the scaffolding is text. There a message that has such text itself is read as
 * far as can be told.
 */
public final class TurnReader {
  private static final String BEGIN = ControlPieces.BEGIN_INSTRUCTION;
  private static final String END = ControlPieces.END_INSTRUCTION;

  /** What the ids that come belong to. */
  private enum Part {
    /** Before any scaffolding: a text without template, or an answer that was brought along. */
    START,
    USER,
    SYSTEM,
    TOOLS,
    ANSWER,
    CALLS,
    RESULT,
    RESULT_ID
  }

  private final Tokenizer tokenizer;
  private final Map<Integer, String> controls = new HashMap<>();
  private final List<ChatMessage> messages = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private TokenStreamDecoder decoder;
  private Part part = Part.START;
  private String answer = "";
  private String resultId = "";

  private TurnReader(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.decoder = tokenizer.newDecoder();
    tokenizer.vocabulary().controls().forEach((piece, id) -> controls.put(id, piece));
  }

  /**
   * @param prompt ids that the request brought
   * @param completion ids of the answer, with EOS where it has one
   */
  public static List<ChatMessage> read(Tokenizer tokenizer, int[] prompt, int[] completion) {
    TurnReader reader = new TurnReader(tokenizer);
    for (int id : prompt) {
      reader.accept(id);
    }
    if (reader.part == Part.START) {
      reader.endOfText();
    }
    for (int id : completion) {
      reader.accept(id);
    }
    reader.endOfAnswer();
    return List.copyOf(reader.messages);
  }

  private void accept(int id) {
    Vocabulary vocabulary = tokenizer.vocabulary();
    String piece = controls.get(id);
    if (id == vocabulary.eosId()) {
      endOfAnswer();
      part = Part.START;
    } else if (piece != null && ControlPieces.V7.contains(piece)) {
      acceptPiece(piece);
    } else if (id != vocabulary.bosId()) {
      text.append(decoder.accept(id));
    }
  }

  private void acceptPiece(String piece) {
    String before = take();
    switch (piece) {
      case ControlPieces.BEGIN_INSTRUCTION -> part = Part.USER;
      case ControlPieces.BEGIN_SYSTEM -> part = Part.SYSTEM;
      case ControlPieces.BEGIN_TOOLS -> part = Part.TOOLS;
      case ControlPieces.BEGIN_RESULT -> part = Part.RESULT;
      case ControlPieces.TOOL_CONTENT -> {
        resultId = before;
        part = Part.RESULT_ID;
      }
      case ControlPieces.TOOL_CALLS -> {
        answer = before;
        part = Part.CALLS;
      }
      case ControlPieces.END_INSTRUCTION -> {
        messages.add(new ChatMessage(Role.USER, before));
        part = Part.ANSWER;
      }
      case ControlPieces.END_SYSTEM -> {
        messages.add(new ChatMessage(Role.SYSTEM, before));
        part = Part.START;
      }
      case ControlPieces.END_RESULT -> {
        messages.add(
            part == Part.RESULT_ID
                ? new ChatMessage(Role.TOOL, before, List.of(), resultId)
                : ToolJson.readResult(before));
        part = Part.ANSWER;
      }
      default -> part = Part.START; // The end of definitions of tools.
    }
  }

  /** The prompt has no scaffolding of control pieces: a text, or template v1. */
  private void endOfText() {
    String prompt = text.toString(); // The decoder goes on: an answer may go on with a text.
    text.setLength(0);
    int end = prompt.lastIndexOf(END);
    if (prompt.startsWith(BEGIN) && end >= 0) {
      messages.add(new ChatMessage(Role.USER, prompt.substring(BEGIN.length(), end).strip()));
      String begun = prompt.substring(end + END.length()).strip();
      text.append(begun);
      if (begun.isEmpty()) {
        decoder = tokenizer.newDecoder(); // The answer is a text of its own.
      }
      part = Part.ANSWER;
    } else if (!prompt.isEmpty()) {
      messages.add(new ChatMessage(Role.USER, prompt));
    }
  }

  private void endOfAnswer() {
    String last = take();
    switch (part) {
      case CALLS -> addCalls(last);
      case START -> addWithScaffolding(last);
      case USER, SYSTEM, TOOLS, ANSWER, RESULT, RESULT_ID ->
          messages.add(new ChatMessage(Role.ASSISTANT, last));
    }
    answer = "";
  }

  private void addCalls(String last) {
    List<ToolCall> calls = ToolCallReader.read(last);
    messages.add(
        calls.isEmpty()
            ? new ChatMessage(Role.ASSISTANT, answer + last)
            : new ChatMessage(Role.ASSISTANT, answer, calls, ""));
  }

  /** Of template v1, what ended with EOS in the middle of a prompt; or an answer alone. */
  private void addWithScaffolding(String last) {
    int end = last.indexOf(END);
    if (last.startsWith(BEGIN) && end >= 0) {
      messages.add(new ChatMessage(Role.USER, last.substring(BEGIN.length(), end).strip()));
      messages.add(new ChatMessage(Role.ASSISTANT, last.substring(end + END.length()).strip()));
    } else if (!last.isEmpty()) {
      messages.add(new ChatMessage(Role.ASSISTANT, last));
    }
  }

  private String take() {
    text.append(decoder.finish());
    decoder = tokenizer.newDecoder();
    String taken = text.toString();
    text.setLength(0);
    return taken;
  }
}
