package io.flinkmistral.operator;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.ToolCall;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The serialised form of a request, between tasks and in state. */
final class CompletionRequestSerializer extends VersionedSerializer<CompletionRequest> {
  private static final long serialVersionUID = 1L;

  static final CompletionRequestSerializer INSTANCE = new CompletionRequestSerializer();

  private CompletionRequestSerializer() {
    super(CompletionRequest.class, 2);
  }

  @Override
  void write(CompletionRequest request, DataOutputView out) throws IOException {
    Wire.writeText(request.requestId(), out);
    Wire.writeText(request.conversationId(), out);
    Wire.writeList(request.messages(), CompletionRequestSerializer::writeMessage, out);
    Wire.writeList(request.tools(), Wire::writeText, out);
    out.writeInt(request.maxTokens().orElse(0));
    writeSampling(request.sampling(), out);
    Wire.writeList(request.stop(), Wire::writeText, out);
    out.writeBoolean(request.stream());
    out.writeBoolean(request.reset());
    Wire.writeOptional(request.fork(), CompletionRequestSerializer::writeFork, out);
    writeOrigin(request.origin(), out);
  }

  @Override
  CompletionRequest read(int version, DataInputView in) throws IOException {
    return new CompletionRequest(
        Wire.readText(in),
        Wire.readText(in),
        Wire.readList(CompletionRequestSerializer::readMessage, in),
        Wire.readList(Wire::readText, in),
        readMaxTokens(in),
        readSampling(in),
        Wire.readList(Wire::readText, in),
        in.readBoolean(),
        in.readBoolean(),
        version < 2
            ? Optional.empty()
            : Wire.readOptional(CompletionRequestSerializer::readFork, in),
        readOrigin(in));
  }

  private static void writeFork(ForkPoint fork, DataOutputView out) throws IOException {
    Wire.writeText(fork.conversationId(), out);
    out.writeInt(fork.turn());
  }

  private static ForkPoint readFork(DataInputView in) throws IOException {
    return new ForkPoint(Wire.readText(in), in.readInt());
  }

  private static OptionalInt readMaxTokens(DataInputView in) throws IOException {
    int maxTokens = in.readInt();
    return maxTokens == 0 ? OptionalInt.empty() : OptionalInt.of(maxTokens);
  }

  private static void writeMessage(ChatMessage message, DataOutputView out) throws IOException {
    Wire.writeText(message.role().wireName(), out);
    Wire.writeText(message.content(), out);
    Wire.writeList(message.toolCalls(), CompletionRequestSerializer::writeToolCall, out);
    Wire.writeText(message.toolCallId(), out);
  }

  private static ChatMessage readMessage(DataInputView in) throws IOException {
    String role = Wire.readText(in);
    return new ChatMessage(
        Role.ofWireName(role)
            .orElseThrow(() -> new IOException("a message has the unknown role " + role)),
        Wire.readText(in),
        Wire.readList(CompletionRequestSerializer::readToolCall, in),
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

  private static void writeSampling(SamplingParams sampling, DataOutputView out)
      throws IOException {
    out.writeDouble(sampling.temperature());
    out.writeDouble(sampling.topP());
    out.writeInt(sampling.topK());
    out.writeDouble(sampling.minP());
    out.writeBoolean(sampling.seed().isPresent());
    out.writeLong(sampling.seed().orElse(0));
  }

  private static SamplingParams readSampling(DataInputView in) throws IOException {
    double temperature = in.readDouble();
    double topP = in.readDouble();
    int topK = in.readInt();
    double minP = in.readDouble();
    boolean seeded = in.readBoolean();
    long seed = in.readLong();
    return new SamplingParams(
        temperature, topP, topK, minP, seeded ? OptionalLong.of(seed) : OptionalLong.empty());
  }

  static void writeOrigin(Optional<SourceRecord> origin, DataOutputView out) throws IOException {
    Wire.writeOptional(origin, CompletionRequestSerializer::writeRecord, out);
  }

  static Optional<SourceRecord> readOrigin(DataInputView in) throws IOException {
    return Wire.readOptional(CompletionRequestSerializer::readRecord, in);
  }

  private static void writeRecord(SourceRecord record, DataOutputView out) throws IOException {
    Wire.writeText(record.topic(), out);
    out.writeInt(record.partition());
    out.writeLong(record.offset());
    Wire.writeBytes(record.key(), out);
    Wire.writeBytes(record.value(), out);
    Wire.writeList(record.headers(), CompletionRequestSerializer::writeHeader, out);
  }

  private static SourceRecord readRecord(DataInputView in) throws IOException {
    return new SourceRecord(
        Wire.readText(in),
        in.readInt(),
        in.readLong(),
        Wire.readBytes(in),
        Wire.readBytes(in),
        Wire.readList(CompletionRequestSerializer::readHeader, in));
  }

  private static void writeHeader(SourceRecord.Header header, DataOutputView out)
      throws IOException {
    Wire.writeText(header.name(), out);
    Wire.writeBytes(header.value(), out);
  }

  private static SourceRecord.Header readHeader(DataInputView in) throws IOException {
    return new SourceRecord.Header(Wire.readText(in), Wire.readBytes(in));
  }

  @Override
  public TypeSerializerSnapshot<CompletionRequest> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<CompletionRequest> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
