package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.protocol.TurnOptions;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The serialised form of a request, between tasks and in state. Version 1 has no forks, 2 neither
 * forms of answers nor most ways to draw them, 3 one answer to a request, and nothing of its
 * prompt's probabilities, of an overflow and of a schedule, 4 nothing of what becomes of its turn,
 * 5 nothing that is judged.
 */
public final class CompletionRequestSerializer extends VersionedSerializer<CompletionRequest> {
  private static final long serialVersionUID = 1L;

  private static final int NO_LOGPROBS = -1;

  public static final CompletionRequestSerializer INSTANCE = new CompletionRequestSerializer();

  private CompletionRequestSerializer() {
    super(CompletionRequest.class, 6);
  }

  @Override
  public void write(CompletionRequest request, DataOutputView out) throws IOException {
    Wire.writeText(request.requestId(), out);
    Wire.writeText(request.conversationId(), out);
    PromptForm.write(request.prompt(), out);
    SamplingForm.write(request.stop(), out);
    SamplingForm.write(request.sampling(), out);
    Wire.writeOptional(request.constraint(), ConstraintForm::write, out);
    writeOptions(request.options(), out);
    Wire.writeText(request.history().wireName(), out);
    Wire.writeOptional(request.overflow().map(ContextOverflow::wireName), Wire::writeText, out);
    out.writeBoolean(request.reset());
    Wire.writeOptional(request.fork(), CompletionRequestSerializer::writeFork, out);
    writeTurn(request.turn(), out);
    writeSchedule(request.schedule(), out);
    writeOrigin(request.origin(), out);
  }

  @Override
  public CompletionRequest read(int version, DataInputView in) throws IOException {
    return version < 3 ? readBeforeThree(version, in) : readSinceThree(version, in);
  }

  private static CompletionRequest readSinceThree(int version, DataInputView in)
      throws IOException {
    return new CompletionRequest(
        Wire.readText(in),
        Wire.readText(in),
        PromptForm.read(in),
        SamplingForm.readStop(in),
        SamplingForm.read(in),
        Wire.readOptional(ConstraintForm::read, in),
        readOptions(version, in),
        readHistory(in),
        version < 4 ? Optional.empty() : readOverflow(in),
        in.readBoolean(),
        Wire.readOptional(input -> readFork(version, input), in),
        version < 5 ? TurnOptions.DEFAULT : readTurn(version, in),
        version < 4 ? Schedule.DEFAULT : readSchedule(in),
        readOrigin(in));
  }

  /** Versions 1 and 2. */
  private static CompletionRequest readBeforeThree(int version, DataInputView in)
      throws IOException {
    CompletionRequest.Builder request =
        CompletionRequest.of(Wire.readText(in), Wire.readText(in)).prompt(PromptForm.readChat(in));
    OptionalInt maxTokens = SamplingForm.readMaxTokens(in);
    return request
        .sampling(SamplingForm.readFirstFields(in))
        .stop(new StopConditions(maxTokens, 0, Wire.readList(Wire::readText, in), List.of(), false))
        .options(AnswerOptions.DEFAULT.withStream(in.readBoolean()))
        .reset(in.readBoolean())
        .fork(
            version < 2
                ? Optional.empty()
                : Wire.readOptional(input -> readFork(version, input), in))
        .origin(readOrigin(in))
        .build();
  }

  private static HistoryMode readHistory(DataInputView in) throws IOException {
    String name = Wire.readText(in);
    return HistoryMode.ofWireName(name)
        .orElseThrow(() -> new IOException("a request has the unknown history " + name));
  }

  private static Optional<ContextOverflow> readOverflow(DataInputView in) throws IOException {
    Optional<String> name = Wire.readOptional(Wire::readText, in);
    Optional<ContextOverflow> overflow = name.flatMap(ContextOverflow::ofWireName);
    if (name.isPresent() && overflow.isEmpty()) {
      throw new IOException("a request has the unknown overflow " + name.get());
    }
    return overflow;
  }

  private static void writeOptions(AnswerOptions options, DataOutputView out) throws IOException {
    out.writeBoolean(options.stream());
    out.writeByte(options.choices());
    out.writeByte(options.topLogprobs().orElse(NO_LOGPROBS));
    out.writeByte(options.promptLogprobs().orElse(NO_LOGPROBS));
    Wire.writeOptional(options.user(), Wire::writeText, out);
    Wire.writeMap(options.metadata(), out);
    Wire.writeOptional(options.cacheSalt(), Wire::writeText, out);
  }

  private static AnswerOptions readOptions(int version, DataInputView in) throws IOException {
    return new AnswerOptions(
        in.readBoolean(),
        version < 4 ? 1 : in.readByte(),
        readTop(in),
        version < 4 ? OptionalInt.empty() : readTop(in),
        Wire.readOptional(Wire::readText, in),
        Wire.readMap(in),
        version < 4 ? Optional.empty() : Wire.readOptional(Wire::readText, in));
  }

  private static OptionalInt readTop(DataInputView in) throws IOException {
    int top = in.readByte();
    return top == NO_LOGPROBS ? OptionalInt.empty() : OptionalInt.of(top);
  }

  private static void writeFork(ForkPoint fork, DataOutputView out) throws IOException {
    Wire.writeText(fork.conversationId(), out);
    out.writeInt(fork.turn());
    out.writeInt(fork.after().orElse(0));
  }

  private static ForkPoint readFork(int version, DataInputView in) throws IOException {
    String conversation = Wire.readText(in);
    int turn = in.readInt();
    int after = version < 5 ? 0 : in.readInt();
    return new ForkPoint(
        conversation, turn, after == 0 ? OptionalInt.empty() : OptionalInt.of(after));
  }

  private static void writeTurn(TurnOptions turn, DataOutputView out) throws IOException {
    Wire.writeOptional(turn.instructions(), Wire::writeText, out);
    out.writeInt(turn.fewestTurns());
    out.writeLong(turn.timeToLiveMillis().orElse(0));
    Wire.writeOptional(turn.moderation(), ModerationForm::write, out);
  }

  private static TurnOptions readTurn(int version, DataInputView in) throws IOException {
    Optional<String> instructions = Wire.readOptional(Wire::readText, in);
    int fewest = in.readInt();
    long millis = in.readLong();
    return new TurnOptions(
        instructions,
        fewest,
        millis == 0 ? OptionalLong.empty() : OptionalLong.of(millis),
        version < 6 ? Optional.empty() : Wire.readOptional(ModerationForm::read, in));
  }

  private static void writeSchedule(Schedule schedule, DataOutputView out) throws IOException {
    out.writeInt(schedule.priority());
    out.writeBoolean(schedule.deadlineMillis().isPresent());
    out.writeLong(schedule.deadlineMillis().orElse(0));
  }

  private static Schedule readSchedule(DataInputView in) throws IOException {
    int priority = in.readInt();
    boolean limited = in.readBoolean();
    long deadline = in.readLong();
    return new Schedule(priority, limited ? OptionalLong.of(deadline) : OptionalLong.empty());
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
