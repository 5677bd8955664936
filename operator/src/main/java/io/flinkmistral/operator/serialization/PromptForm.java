package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The serialised form of what a request brings. */
final class PromptForm {
  private static final int CHAT = 1;
  private static final int TEXT = 2;

  private static final int AUTO = 1;
  private static final int NONE = 2;
  private static final int REQUIRED = 3;
  private static final int FUNCTION = 4;

  private PromptForm() {}

  static void write(Prompt prompt, DataOutputView out) throws IOException {
    switch (prompt) {
      case Prompt.Chat chat -> {
        out.writeByte(CHAT);
        Wire.writeList(chat.messages(), PromptForm::writeMessage, out);
        Wire.writeList(chat.tools(), Wire::writeText, out);
        writeUse(chat.use(), out);
        out.writeBoolean(chat.continued());
      }
      case Prompt.Text(String text) -> {
        out.writeByte(TEXT);
        Wire.writeText(text, out);
      }
    }
  }

  static Prompt read(DataInputView in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case CHAT ->
          new Prompt.Chat(
              Wire.readList(PromptForm::readMessage, in),
              Wire.readList(Wire::readText, in),
              readUse(in),
              in.readBoolean());
      case TEXT -> new Prompt.Text(Wire.readText(in));
      default -> throw new IOException("unknown kind of prompt: " + kind);
    };
  }

  /** Of versions that know nothing but messages and tools. */
  static Prompt readChat(DataInputView in) throws IOException {
    return new Prompt.Chat(
        Wire.readList(PromptForm::readMessage, in), Wire.readList(Wire::readText, in));
  }

  private static void writeUse(ToolUse use, DataOutputView out) throws IOException {
    switch (use.choice()) {
      case ToolChoice.Auto _ -> out.writeByte(AUTO);
      case ToolChoice.None _ -> out.writeByte(NONE);
      case ToolChoice.Required _ -> out.writeByte(REQUIRED);
      case ToolChoice.Function(String name) -> {
        out.writeByte(FUNCTION);
        Wire.writeText(name, out);
      }
    }
    out.writeBoolean(use.parallel());
  }

  private static ToolUse readUse(DataInputView in) throws IOException {
    int kind = in.readByte();
    ToolChoice choice =
        switch (kind) {
          case AUTO -> ToolChoice.AUTO;
          case NONE -> new ToolChoice.None();
          case REQUIRED -> new ToolChoice.Required();
          case FUNCTION -> new ToolChoice.Function(Wire.readText(in));
          default -> throw new IOException("unknown choice of tools: " + kind);
        };
    return new ToolUse(choice, in.readBoolean());
  }

  static void writeMessage(ChatMessage message, DataOutputView out) throws IOException {
    Wire.writeText(message.role().wireName(), out);
    Wire.writeText(message.content(), out);
    Wire.writeList(message.toolCalls(), PromptForm::writeToolCall, out);
    Wire.writeText(message.toolCallId(), out);
  }

  static ChatMessage readMessage(DataInputView in) throws IOException {
    String role = Wire.readText(in);
    return new ChatMessage(
        Role.ofWireName(role)
            .orElseThrow(() -> new IOException("a message has the unknown role " + role)),
        Wire.readText(in),
        Wire.readList(PromptForm::readToolCall, in),
        Wire.readText(in));
  }

  static void writeToolCall(ToolCall call, DataOutputView out) throws IOException {
    Wire.writeText(call.id(), out);
    Wire.writeText(call.name(), out);
    Wire.writeText(call.arguments(), out);
  }

  static ToolCall readToolCall(DataInputView in) throws IOException {
    return new ToolCall(Wire.readText(in), Wire.readText(in), Wire.readText(in));
  }
}
