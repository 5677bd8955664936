package io.flinkmistral.operator;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.Usage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The serialised form of an event, between tasks. Version 1 has no calls of tools. */
final class CompletionEventSerializer extends VersionedSerializer<CompletionEvent> {
  private static final long serialVersionUID = 1L;
  private static final int CHUNK = 1;
  private static final int COMPLETED = 2;
  private static final int REJECTED = 3;

  static final CompletionEventSerializer INSTANCE = new CompletionEventSerializer();

  private CompletionEventSerializer() {
    super(CompletionEvent.class, 3);
  }

  @Override
  void write(CompletionEvent event, DataOutputView out) throws IOException {
    Wire.writeText(event.requestId(), out);
    Wire.writeText(event.conversationId(), out);
    switch (event) {
      case CompletionEvent.Chunk chunk -> {
        out.writeByte(CHUNK);
        out.writeInt(chunk.index());
        Wire.writeText(chunk.text(), out);
        out.writeByte(chunk.finishReason().map(FinishReason::code).orElse(0));
      }
      case CompletionEvent.Completed completed -> {
        out.writeByte(COMPLETED);
        writeCompleted(completed, out);
      }
      case CompletionEvent.Rejected rejected -> {
        out.writeByte(REJECTED);
        Wire.writeText(rejected.parameter(), out);
        Wire.writeText(rejected.code(), out);
        Wire.writeText(rejected.message(), out);
        CompletionRequestSerializer.writeOrigin(rejected.origin(), out);
      }
    }
  }

  private static void writeCompleted(CompletionEvent.Completed event, DataOutputView out)
      throws IOException {
    Wire.writeText(event.model(), out);
    Wire.writeText(event.fingerprint(), out);
    Wire.writeText(event.text(), out);
    Wire.writeList(event.toolCalls(), PromptForm::writeToolCall, out);
    out.writeByte(event.finishReason().code());
    out.writeInt(event.usage().promptTokens());
    out.writeInt(event.usage().cachedTokens());
    out.writeInt(event.usage().completionTokens());
    out.writeLong(event.timings().createdMillis());
    out.writeLong(event.timings().queuedMillis());
    out.writeLong(event.timings().promptMillis());
    out.writeLong(event.timings().completionMillis());
    CompletionRequestSerializer.writeOrigin(event.origin(), out);
  }

  @Override
  CompletionEvent read(int version, DataInputView in) throws IOException {
    String requestId = Wire.readText(in);
    String conversationId = Wire.readText(in);
    int kind = in.readByte();
    return switch (kind) {
      case CHUNK -> readChunk(requestId, conversationId, in);
      case COMPLETED -> readCompleted(version, requestId, conversationId, in);
      case REJECTED ->
          new CompletionEvent.Rejected(
              requestId,
              conversationId,
              Wire.readText(in),
              Wire.readText(in),
              Wire.readText(in),
              CompletionRequestSerializer.readOrigin(in));
      default -> throw new IOException("unknown kind of event: " + kind);
    };
  }

  private static CompletionEvent readChunk(
      String requestId, String conversationId, DataInputView in) throws IOException {
    int index = in.readInt();
    String text = Wire.readText(in);
    int reason = in.readByte();
    return new CompletionEvent.Chunk(
        requestId,
        conversationId,
        index,
        text,
        reason == 0 ? Optional.empty() : Optional.of(FinishReason.ofCode(reason)));
  }

  private static CompletionEvent readCompleted(
      int version, String requestId, String conversationId, DataInputView in) throws IOException {
    return new CompletionEvent.Completed(
        requestId,
        conversationId,
        Wire.readText(in),
        Wire.readText(in),
        Wire.readText(in),
        version < 2 ? List.of() : Wire.readList(PromptForm::readToolCall, in),
        FinishReason.ofCode(in.readByte()),
        new Usage(in.readInt(), in.readInt(), in.readInt()),
        new Timings(in.readLong(), in.readLong(), in.readLong(), in.readLong()),
        version < 3 ? Optional.empty() : CompletionRequestSerializer.readOrigin(in));
  }

  @Override
  public TypeSerializerSnapshot<CompletionEvent> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<CompletionEvent> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
