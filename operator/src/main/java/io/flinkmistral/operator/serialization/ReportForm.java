package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.ConversationReport;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The serialised form of what a client is told of a conversation. */
final class ReportForm {
  private static final int FORGOTTEN = 1;
  private static final int SHOWN = 2;

  private ReportForm() {}

  static void write(ConversationReport report, DataOutputView out) throws IOException {
    switch (report) {
      case ConversationReport.Forgotten(int turns, int forks) -> {
        out.writeByte(FORGOTTEN);
        out.writeInt(turns);
        out.writeInt(forks);
      }
      case ConversationReport.Shown shown -> {
        out.writeByte(SHOWN);
        Wire.writeList(shown.turns(), ReportForm::writeTurn, out);
        out.writeInt(shown.unfinished());
      }
    }
  }

  static ConversationReport read(DataInputView in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case FORGOTTEN -> new ConversationReport.Forgotten(in.readInt(), in.readInt());
      case SHOWN ->
          new ConversationReport.Shown(Wire.readList(ReportForm::readTurn, in), in.readInt());
      default -> throw new IOException("unknown kind of report: " + kind);
    };
  }

  private static void writeTurn(ConversationReport.Turn turn, DataOutputView out)
      throws IOException {
    Wire.writeList(turn.messages(), PromptForm::writeMessage, out);
    out.writeInt(turn.promptTokens());
    out.writeInt(turn.completionTokens());
  }

  private static ConversationReport.Turn readTurn(DataInputView in) throws IOException {
    return new ConversationReport.Turn(
        Wire.readList(PromptForm::readMessage, in), in.readInt(), in.readInt());
  }
}
