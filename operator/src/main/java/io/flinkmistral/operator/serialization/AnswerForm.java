package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.RankedToken;
import io.flinkmistral.protocol.TokenLogprob;
import io.flinkmistral.protocol.Usage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The serialised form of what a request was answered. */
final class AnswerForm {
  private AnswerForm() {}

  static void write(Answer answer, DataOutputView out) throws IOException {
    Wire.writeText(answer.text(), out);
    Wire.writeList(answer.toolCalls(), PromptForm::writeToolCall, out);
    out.writeByte(answer.finishReason().code());
    Wire.writeOptional(answer.logprobs(), AnswerForm::writeLogprobs, out);
    Wire.writeOptional(answer.moderation(), ModerationForm::writeReport, out);
  }

  /**
   * @param version of the event, from 4 on
   */
  static Answer read(int version, DataInputView in) throws IOException {
    return new Answer(
        Wire.readText(in),
        Wire.readList(PromptForm::readToolCall, in),
        FinishReason.ofCode(in.readByte()),
        Wire.readOptional(AnswerForm::readLogprobs, in),
        version < 6 ? Optional.empty() : Wire.readOptional(ModerationForm::readReport, in));
  }

  /** Of versions 1 to 4 of events, which have one. */
  static Answer readOne(int version, DataInputView in) throws IOException {
    if (version == 4) {
      return read(version, in);
    }
    return new Answer(
        Wire.readText(in),
        version < 2 ? List.of() : Wire.readList(PromptForm::readToolCall, in),
        FinishReason.ofCode(in.readByte()),
        Optional.empty());
  }

  static void write(AnswerShape shape, DataOutputView out) throws IOException {
    out.writeBoolean(shape.chat());
    Wire.writeOptional(shape.user(), Wire::writeText, out);
    Wire.writeMap(shape.metadata(), out);
  }

  static AnswerShape readShape(DataInputView in) throws IOException {
    return new AnswerShape(
        in.readBoolean(), Wire.readOptional(Wire::readText, in), Wire.readMap(in));
  }

  static void writeUsage(Usage usage, DataOutputView out) throws IOException {
    out.writeInt(usage.promptTokens());
    out.writeInt(usage.cachedTokens());
    out.writeInt(usage.completionTokens());
    out.writeInt(usage.droppedTurns());
  }

  /**
   * @param version of the event
   */
  static Usage readUsage(int version, DataInputView in) throws IOException {
    return new Usage(in.readInt(), in.readInt(), in.readInt(), version < 5 ? 0 : in.readInt());
  }

  static void writeLogprobs(List<TokenLogprob> tokens, DataOutputView out) throws IOException {
    Wire.writeList(tokens, AnswerForm::writeLogprob, out);
  }

  static List<TokenLogprob> readLogprobs(DataInputView in) throws IOException {
    return Wire.readList(AnswerForm::readLogprob, in);
  }

  static void writePromptLogprobs(PromptLogprobs prompt, DataOutputView out) throws IOException {
    Wire.writeList(
        prompt.places(), (place, o) -> Wire.writeList(place, AnswerForm::writeRanked, o), out);
  }

  static PromptLogprobs readPromptLogprobs(DataInputView in) throws IOException {
    return new PromptLogprobs(
        Wire.readList(place -> Wire.readList(AnswerForm::readRanked, place), in));
  }

  private static void writeRanked(RankedToken token, DataOutputView out) throws IOException {
    out.writeInt(token.id());
    Wire.writeText(token.text(), out);
    out.writeFloat(token.logprob());
    out.writeInt(token.rank());
  }

  private static RankedToken readRanked(DataInputView in) throws IOException {
    return new RankedToken(in.readInt(), Wire.readText(in), in.readFloat(), in.readInt());
  }

  private static void writeLogprob(TokenLogprob token, DataOutputView out) throws IOException {
    Wire.writeText(token.token(), out);
    Wire.writeOptional(
        token.bytes(), (bytes, o) -> Wire.writeList(bytes, (b, each) -> each.writeByte(b), o), out);
    out.writeFloat(token.logprob());
    writeLogprobs(token.top(), out);
  }

  private static TokenLogprob readLogprob(DataInputView in) throws IOException {
    return new TokenLogprob(
        Wire.readText(in),
        Wire.readOptional(bytes -> Wire.readList(DataInputView::readUnsignedByte, bytes), in),
        in.readFloat(),
        readLogprobs(in));
  }
}
