package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.SourceRecord;
import java.io.IOException;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The serialised form of what a client sends, between tasks. A request has the form that it has by
 * itself, as the channels of a checkpoint may hold it that an earlier version took; its first byte,
 * the version of a request, is less than that of anything else.
 */
public final class ClientRecordSerializer extends ImmutableSerializer<ClientRecord> {
  private static final long serialVersionUID = 1L;

  /** Added to the version of a {@link ControlRequest}; versions of requests are less. */
  private static final int CONTROL = 0x80;

  private static final int CONTROL_VERSION = 1;
  private static final int CANCEL = 1;
  private static final int FORGET = 2;
  private static final int SHOW = 3;

  public static final ClientRecordSerializer INSTANCE = new ClientRecordSerializer();

  private ClientRecordSerializer() {}

  @Override
  public void serialize(ClientRecord record, DataOutputView out) throws IOException {
    switch (record) {
      case CompletionRequest request ->
          CompletionRequestSerializer.INSTANCE.serialize(request, out);
      case ControlRequest control -> {
        out.writeByte(CONTROL + CONTROL_VERSION);
        Wire.writeText(control.conversationId(), out);
        CompletionRequestSerializer.writeOrigin(control.origin(), out);
        writeControl(control, out);
      }
    }
  }

  private static void writeControl(ControlRequest control, DataOutputView out) throws IOException {
    switch (control) {
      case ControlRequest.Cancel cancel -> {
        out.writeByte(CANCEL);
        Wire.writeText(cancel.target(), out);
      }
      case ControlRequest.Forget forget -> {
        out.writeByte(FORGET);
        Wire.writeText(forget.requestId(), out);
      }
      case ControlRequest.Show show -> {
        out.writeByte(SHOW);
        Wire.writeText(show.requestId(), out);
      }
    }
  }

  @Override
  public ClientRecord deserialize(DataInputView in) throws IOException {
    int first = in.readUnsignedByte();
    if (first < CONTROL) {
      return CompletionRequestSerializer.INSTANCE.deserialize(first, in);
    }
    if (first != CONTROL + CONTROL_VERSION) {
      throw new IOException(
          "a control record of version %d cannot be read: this program knows version %d"
              .formatted(first - CONTROL, CONTROL_VERSION));
    }
    String conversation = Wire.readText(in);
    Optional<SourceRecord> origin = CompletionRequestSerializer.readOrigin(in);
    int kind = in.readByte();
    return switch (kind) {
      case CANCEL -> new ControlRequest.Cancel(Wire.readText(in), conversation, origin);
      case FORGET -> new ControlRequest.Forget(Wire.readText(in), conversation, origin);
      case SHOW -> new ControlRequest.Show(Wire.readText(in), conversation, origin);
      default -> throw new IOException("unknown kind of control record: " + kind);
    };
  }

  @Override
  public TypeSerializerSnapshot<ClientRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ClientRecord> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
