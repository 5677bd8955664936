package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.TokenLogprob;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The serialised form of an event, between tasks. Version 1 has no calls of tools, 2 no origin, 3
 * no probabilities of tokens, nothing of the request that is repeated, and no usage with the last
 * piece, 4 one answer to a request, no probabilities of the prompt's tokens, no turns that were
 * dropped, and no answer that was ended before it was whole, 5 nothing that was judged.
 */
public final class CompletionEventSerializer extends VersionedSerializer<CompletionEvent> {
  private static final long serialVersionUID = 1L;
  private static final int CHUNK = 1;
  private static final int COMPLETED = 2;
  private static final int REJECTED = 3;
  private static final int REPORTED = 4;

  public static final CompletionEventSerializer INSTANCE = new CompletionEventSerializer();

  private CompletionEventSerializer() {
    super(CompletionEvent.class, 6);
  }

  @Override
  public void write(CompletionEvent event, DataOutputView out) throws IOException {
    Wire.writeText(event.requestId(), out);
    Wire.writeText(event.conversationId(), out);
    switch (event) {
      case CompletionEvent.Chunk chunk -> {
        out.writeByte(CHUNK);
        out.writeByte(chunk.choice());
        out.writeInt(chunk.index());
        Wire.writeText(chunk.text(), out);
        out.writeByte(chunk.finishReason().map(FinishReason::code).orElse(0));
        AnswerForm.writeLogprobs(chunk.logprobs(), out);
        if (chunk.end().isPresent()) {
          Wire.writeOptional(chunk.end().get().usage(), AnswerForm::writeUsage, out);
          Wire.writeList(chunk.end().get().toolCalls(), PromptForm::writeToolCall, out);
          Wire.writeOptional(chunk.end().get().moderation(), ModerationForm::writeReport, out);
        }
      }
      case CompletionEvent.Completed completed -> {
        out.writeByte(COMPLETED);
        writeCompleted(completed, out);
      }
      case CompletionEvent.Reported reported -> {
        out.writeByte(REPORTED);
        ReportForm.write(reported.report(), out);
        CompletionRequestSerializer.writeOrigin(reported.origin(), out);
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
    Wire.writeList(event.answers(), AnswerForm::write, out);
    Wire.writeOptional(event.promptLogprobs(), AnswerForm::writePromptLogprobs, out);
    AnswerForm.write(event.shape(), out);
    AnswerForm.writeUsage(event.usage(), out);
    out.writeLong(event.timings().createdMillis());
    out.writeLong(event.timings().queuedMillis());
    out.writeLong(event.timings().promptMillis());
    out.writeLong(event.timings().completionMillis());
    out.writeInt(event.timings().sharedTokens());
    CompletionRequestSerializer.writeOrigin(event.origin(), out);
  }

  @Override
  public CompletionEvent read(int version, DataInputView in) throws IOException {
    String requestId = Wire.readText(in);
    String conversationId = Wire.readText(in);
    int kind = in.readByte();
    return switch (kind) {
      case CHUNK -> readChunk(version, requestId, conversationId, in);
      case COMPLETED -> readCompleted(version, requestId, conversationId, in);
      case REJECTED ->
          new CompletionEvent.Rejected(
              requestId,
              conversationId,
              Wire.readText(in),
              Wire.readText(in),
              Wire.readText(in),
              CompletionRequestSerializer.readOrigin(in));
      case REPORTED ->
          new CompletionEvent.Reported(
              requestId,
              conversationId,
              ReportForm.read(in),
              CompletionRequestSerializer.readOrigin(in));
      default -> throw new IOException("unknown kind of event: " + kind);
    };
  }

  private static CompletionEvent readChunk(
      int version, String requestId, String conversationId, DataInputView in) throws IOException {
    int choice = version < 5 ? 0 : in.readByte();
    int index = in.readInt();
    String text = Wire.readText(in);
    int reason = in.readByte();
    List<TokenLogprob> logprobs = version < 4 ? List.of() : AnswerForm.readLogprobs(in);
    Optional<CompletionEvent.End> end =
        reason == 0 ? Optional.empty() : Optional.of(readEnd(version, reason, in));
    return new CompletionEvent.Chunk(requestId, conversationId, choice, index, text, logprobs, end);
  }

  private static CompletionEvent.End readEnd(int version, int reason, DataInputView in)
      throws IOException {
    return version < 4
        ? new CompletionEvent.End(FinishReason.ofCode(reason), Optional.empty(), List.of())
        : new CompletionEvent.End(
            FinishReason.ofCode(reason),
            Wire.readOptional(i -> AnswerForm.readUsage(version, i), in),
            Wire.readList(PromptForm::readToolCall, in),
            version < 6 ? Optional.empty() : Wire.readOptional(ModerationForm::readReport, in));
  }

  private static CompletionEvent readCompleted(
      int version, String requestId, String conversationId, DataInputView in) throws IOException {
    return new CompletionEvent.Completed(
        requestId,
        conversationId,
        Wire.readText(in),
        Wire.readText(in),
        version < 5
            ? List.of(AnswerForm.readOne(version, in))
            : Wire.readList(answer -> AnswerForm.read(version, answer), in),
        version < 5 ? Optional.empty() : Wire.readOptional(AnswerForm::readPromptLogprobs, in),
        version < 4 ? AnswerShape.CHAT : AnswerForm.readShape(in),
        AnswerForm.readUsage(version, in),
        new Timings(
            in.readLong(),
            in.readLong(),
            in.readLong(),
            in.readLong(),
            version < 5 ? 0 : in.readInt()),
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
