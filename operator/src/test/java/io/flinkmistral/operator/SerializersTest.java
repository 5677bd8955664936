package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.logprobs.TokenLogprobs;
import io.flinkmistral.operator.serialization.ClientRecordSerializer;
import io.flinkmistral.operator.serialization.CompletionEventSerializer;
import io.flinkmistral.operator.serialization.CompletionRequestSerializer;
import io.flinkmistral.operator.serialization.Wire;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.ConversationReport;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.ModerationReport;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.RankedToken;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.TokenLogprob;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.TurnOptions;
import io.flinkmistral.protocol.Usage;
import io.flinkmistral.protocol.Verdict;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class SerializersTest {
  private static final SourceRecord ORIGIN =
      new SourceRecord(
          "prompts",
          3,
          1L << 40,
          null,
          new byte[] {(byte) 0xff, 0},
          List.of(
              new SourceRecord.Header("h", new byte[] {1}), new SourceRecord.Header("n", null)));

  private static final List<TokenLogprob> LOGPROBS =
      List.of(
          new TokenLogprob(
              "é",
              Optional.of(List.of(0xc3, 0xa9)),
              -0.25f,
              List.of(new TokenLogprob("</s>", Optional.empty(), -9999, List.of()))));

  private static final CompletionRequest REQUEST =
      CompletionRequest.of("r-1", "c-ü~\ud83d\ude00")
          .prompt(
              new Prompt.Chat(
                  List.of(
                      new ChatMessage(Role.SYSTEM, "x".repeat(100_000)),
                      new ChatMessage(
                          Role.ASSISTANT, "", List.of(new ToolCall("abc123XYZ", "f", "{}")), ""),
                      new ChatMessage(Role.TOOL, "7", List.of(), "abc123XYZ"),
                      new ChatMessage(Role.ASSISTANT, "It is")),
                  List.of("{\"type\": \"function\"}"),
                  true))
          .stop(
              new StopConditions(
                  OptionalInt.of(5), 3, List.of("\n\n", "stop"), List.of(7, 2), true))
          .sampling(
              new SamplingParams(
                  0.7,
                  0.9,
                  40,
                  0.05,
                  0.8,
                  new Penalties(-2, 0.5, 1.1, 64),
                  new TreeMap<>(Map.of(5, -100f, 3, 0.25f)),
                  List.of("owl"),
                  OptionalLong.of(-3)))
          .constraint(new OutputConstraint.JsonSchema("{}", true))
          .options(
              new AnswerOptions(
                  true,
                  16,
                  OptionalInt.of(20),
                  OptionalInt.of(0),
                  Optional.of("ü"),
                  Map.of("a", "b", "c", ""),
                  Optional.of("s")))
          .reset(true)
          .fork(Optional.of(new ForkPoint("c-ü", 2, OptionalInt.of(3))))
          .turn(
              new TurnOptions(
                  Optional.of("é"),
                  4,
                  OptionalLong.of(1L << 43),
                  Optional.of(
                      new Moderation(
                          Moderation.Judged.ANSWER,
                          Moderation.Action.BLOCK,
                          "paper",
                          0.25,
                          Map.of("hateful", 0.75),
                          List.of("illegal", "hateful")))))
          .schedule(new Schedule(-3, OptionalLong.of(1L << 41)))
          .origin(Optional.of(ORIGIN))
          .build();

  private static final ModerationReport REPORT =
      new ModerationReport(
          Optional.of(
              new ModerationReport.Judgement(
                  new Verdict(true, Map.of("b", true), Map.of("b", 0.75, "a", 0.25)), 31)),
          Optional.empty());

  @Test
  void everyValueReadsBackAsItWasWritten() throws IOException {
    roundTrip(CompletionRequestSerializer.INSTANCE, REQUEST);
    roundTrip(
        CompletionRequestSerializer.INSTANCE, CompletionRequest.ofUser("r", "c", "What is this?"));
    roundTrip(
        QueuedRequest.Serializer.INSTANCE, new QueuedRequest(REQUEST, OptionalLong.of(-9), 17, 4));
    roundTrip(
        QueuedRequest.Serializer.INSTANCE, new QueuedRequest(REQUEST, OptionalLong.empty(), 17, 0));
    roundTrip(
        TurnInFlight.Serializer.INSTANCE,
        new TurnInFlight(new int[] {1, 2}, new int[0], 32, Optional.empty(), 3));
    roundTrip(
        TurnInFlight.Serializer.INSTANCE,
        new TurnInFlight(
            new int[] {1, 2},
            new int[] {3},
            0,
            Optional.of(new TurnInFlight.Terms("fp_ü", new Generation.Limits(512, 32768))),
            0));
    roundTrip(
        ConversationHeader.Serializer.INSTANCE,
        new ConversationHeader(
            3, 5, 1000, "tok", "kv", 2, 60, 1L << 40, 1L << 41, true, 3, 1L << 42));
    roundTrip(
        SavedLogprobs.Serializer.INSTANCE,
        new SavedLogprobs(
            List.of(
                new TokenLogprobs(7, -0.5f, new int[] {7, 9}, new float[] {-0.5f, -9999}),
                new TokenLogprobs(0, 0, new int[0], new float[0]))));
    roundTrip(
        SavedChoice.Serializer.INSTANCE,
        new SavedChoice(
            15,
            new int[] {7},
            List.of(new TokenLogprobs(7, -0.5f, new int[] {9}, new float[] {-9999}))));
    roundTrip(RequestIds.Serializer.INSTANCE, new RequestIds(List.of("a", "b")));
    roundTrip(ConversationKey.Serializer.INSTANCE, new ConversationKey("c~ü"));
    for (OptionalLong timestamp : List.of(OptionalLong.of(-7), OptionalLong.empty())) {
      roundTrip(
          HeldPiece.Serializer.INSTANCE,
          new HeldPiece(timestamp, new CompletionEvent.Chunk("r", "c", 3, "é")));
    }
    roundTrip(ClientRecordSerializer.INSTANCE, REQUEST);
    roundTrip(
        ClientRecordSerializer.INSTANCE,
        new ControlRequest.Cancel("r-ü", "c~b", Optional.of(ORIGIN)));
    roundTrip(
        ClientRecordSerializer.INSTANCE, new ControlRequest.Cancel("r", "c", Optional.empty()));
    roundTrip(
        ClientRecordSerializer.INSTANCE,
        new ControlRequest.Forget("r-ü", "c", Optional.of(ORIGIN)));
    roundTrip(
        ClientRecordSerializer.INSTANCE, new ControlRequest.Show("r", "c~b", Optional.empty()));
    for (ConversationReport report :
        List.of(
            new ConversationReport.Forgotten(3, 2),
            new ConversationReport.Shown(List.of(), 0),
            new ConversationReport.Shown(
                List.of(
                    new ConversationReport.Turn(
                        List.of(
                            new ChatMessage(Role.USER, "Hi"),
                            new ChatMessage(
                                Role.ASSISTANT,
                                "",
                                List.of(new ToolCall("abc123XYZ", "f", "{}")),
                                "")),
                        5,
                        7)),
                4))) {
      roundTrip(
          CompletionEventSerializer.INSTANCE,
          new CompletionEvent.Reported("r", "c", report, Optional.of(ORIGIN.trace())));
    }
    roundTrip(
        CompletionEventSerializer.INSTANCE,
        new CompletionEvent.Chunk(
            "r",
            "c",
            15,
            3,
            "é",
            LOGPROBS,
            Optional.of(
                new CompletionEvent.End(
                    FinishReason.LENGTH,
                    Optional.of(new Usage(10, 0, 4)),
                    List.of(new ToolCall("abc123XYZ", "f", "{}")),
                    Optional.of(REPORT)))));
    roundTrip(CompletionEventSerializer.INSTANCE, new CompletionEvent.Chunk("r", "c", 3, ""));
    roundTrip(
        CompletionEventSerializer.INSTANCE,
        new CompletionEvent.Completed(
            "r",
            "c",
            "m",
            "fp_1",
            List.of(
                new Answer(
                    "text",
                    List.of(new ToolCall("abc123XYZ", "f", "{}")),
                    FinishReason.TOOL_CALLS,
                    Optional.of(LOGPROBS),
                    Optional.of(REPORT)),
                new Answer("", FinishReason.LENGTH)),
            Optional.of(
                new PromptLogprobs(
                    List.of(
                        List.of(),
                        List.of(
                            new RankedToken(7, "é", -0.25f, 3),
                            new RankedToken(9, "", -9999, 1))))),
            new AnswerShape(false, Optional.of("u"), Map.of("a", "b")),
            new Usage(10, 0, 4),
            new Timings(1, 2, 3, 4, 32),
            Optional.of(ORIGIN.trace())));
    roundTrip(
        CompletionEventSerializer.INSTANCE,
        new CompletionEvent.Rejected("r", "c", "messages", "code", "why", Optional.of(ORIGIN)));
  }

  @Test
  void everyPromptAndConstraintReadsBack() throws IOException {
    CompletionRequest request = CompletionRequest.ofUser("r", "c", "What is this?");
    roundTrip(
        CompletionRequestSerializer.INSTANCE,
        request.but().prompt(new Prompt.Text("Once upon")).build());
    for (OutputConstraint constraint :
        List.of(
            new OutputConstraint.JsonObject(),
            new OutputConstraint.JsonSchema("{\"type\": \"integer\"}", false),
            new OutputConstraint.Choice(List.of("yes", "no")),
            new OutputConstraint.Regex("[0-9]+"),
            new OutputConstraint.Gbnf("root ::= \"a\""))) {
      roundTrip(CompletionRequestSerializer.INSTANCE, request.but().constraint(constraint).build());
    }
  }

  @Test
  void aRequestOfAnEarlierVersionAsksForNothingThatCameLater() throws IOException {
    CompletionRequest request =
        CompletionRequest.of("r", "c~b")
            .prompt(new Prompt.Chat(List.of(new ChatMessage(Role.USER, "Hi")), List.of("{}")))
            .stop(StopConditions.DEFAULT.withMaxTokens(9).withTexts(List.of("x")))
            .sampling(new SamplingParams(0.7, 0.9, 40, 0.05, OptionalLong.of(-3)))
            .options(AnswerOptions.DEFAULT.withStream(true))
            .build();
    assertThat(readRequest(1)).isEqualTo(request);
    assertThat(readRequest(2))
        .isEqualTo(request.but().fork(Optional.of(new ForkPoint("c", 2))).build());
  }

  private static CompletionRequest readRequest(int version) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    out.writeByte(version);
    Wire.writeText("r", out);
    Wire.writeText("c~b", out);
    out.writeInt(1);
    Wire.writeText("user", out);
    Wire.writeText("Hi", out);
    out.writeInt(0);
    Wire.writeText("", out);
    Wire.writeList(List.of("{}"), Wire::writeText, out);
    out.writeInt(9);
    out.writeDouble(0.7);
    out.writeDouble(0.9);
    out.writeInt(40);
    out.writeDouble(0.05);
    out.writeBoolean(true);
    out.writeLong(-3);
    Wire.writeList(List.of("x"), Wire::writeText, out);
    out.writeBoolean(true);
    out.writeBoolean(false);
    if (version > 1) {
      out.writeBoolean(true);
      Wire.writeText("c", out);
      out.writeInt(2);
    }
    out.writeBoolean(false);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    CompletionRequest request = CompletionRequestSerializer.INSTANCE.deserialize(in);
    assertThat(in.available()).isZero();
    return request;
  }

  @Test
  void anAnswerOfAnEarlierVersionLacksWhatCameLater() throws IOException {
    List<ToolCall> calls = List.of(new ToolCall("abc123XYZ", "f", "{}"));
    assertThat(readAnswer(1)).isEqualTo(answer(List.of()));
    assertThat(readAnswer(2)).isEqualTo(answer(calls));
    assertThat(readAnswer(4)).isEqualTo(answer(calls));
    assertThat(readAnswer(5)).isEqualTo(answer(calls));
  }

  @Test
  void aLastPieceOfVersionFiveSaysNothingThatWasJudged() throws IOException {
    CompletionEvent.Chunk piece =
        new CompletionEvent.Chunk(
            "r",
            "c",
            1,
            3,
            "é",
            LOGPROBS,
            Optional.of(
                new CompletionEvent.End(
                    FinishReason.STOP, Optional.of(new Usage(10, 0, 4)), List.of())));
    DataOutputSerializer out = new DataOutputSerializer(64);
    CompletionEventSerializer.INSTANCE.serialize(piece, out);
    byte[] bytes = Arrays.copyOf(out.getCopyOfBuffer(), out.length() - 1);
    bytes[0] = 5;
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    assertThat(CompletionEventSerializer.INSTANCE.deserialize(in)).isEqualTo(piece);
    assertThat(in.available()).isZero();
  }

  @Test
  void aPieceOfAnEarlierVersionSaysNothingOfItsTokens() throws IOException {
    assertThat(readPiece(0)).isEqualTo(new CompletionEvent.Chunk("r", "c", 3, "é"));
    assertThat(readPiece(FinishReason.STOP.code()))
        .isEqualTo(
            new CompletionEvent.Chunk(
                "r",
                "c",
                0,
                3,
                "é",
                List.of(),
                Optional.of(
                    new CompletionEvent.End(FinishReason.STOP, Optional.empty(), List.of()))));
  }

  private static CompletionEvent readPiece(int reason) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    out.writeByte(3);
    for (String text : List.of("r", "c")) {
      Wire.writeText(text, out);
    }
    out.writeByte(1);
    out.writeInt(3);
    Wire.writeText("é", out);
    out.writeByte(reason);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    CompletionEvent event = CompletionEventSerializer.INSTANCE.deserialize(in);
    assertThat(in.available()).isZero();
    return event;
  }

  private static CompletionEvent answer(List<ToolCall> calls) {
    return new CompletionEvent.Completed(
        "r",
        "c",
        "m",
        "fp_1",
        List.of(new Answer("text", calls, FinishReason.LENGTH, Optional.empty())),
        Optional.empty(),
        AnswerShape.CHAT,
        new Usage(10, 0, 4),
        new Timings(1, 2, 3, 4),
        Optional.empty());
  }

  private static CompletionEvent readAnswer(int version) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    out.writeByte(version);
    for (String text : List.of("r", "c")) {
      Wire.writeText(text, out);
    }
    out.writeByte(2);
    for (String text : List.of("m", "fp_1")) {
      Wire.writeText(text, out);
    }
    if (version > 4) {
      out.writeInt(1); // Answer.
    }
    Wire.writeText("text", out);
    if (version > 1) {
      out.writeInt(1);
      for (String text : List.of("abc123XYZ", "f", "{}")) {
        Wire.writeText(text, out);
      }
    }
    out.writeByte(FinishReason.LENGTH.code());
    if (version > 3) {
      out.writeBoolean(false); // No probabilities.
    }
    if (version > 4) {
      out.writeBoolean(false); // None of the prompt's tokens.
    }
    if (version > 3) {
      out.writeBoolean(true); // A message.
      out.writeBoolean(false); // No user.
      out.writeInt(0);
    }
    for (int tokens : new int[] {10, 0, 4}) {
      out.writeInt(tokens);
    }
    if (version > 4) {
      out.writeInt(0); // Turns that were dropped.
    }
    for (long millis : new long[] {1, 2, 3, 4}) {
      out.writeLong(millis);
    }
    if (version > 4) {
      out.writeInt(0); // Shared tokens.
    }
    if (version > 2) {
      out.writeBoolean(false);
    }
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    CompletionEvent event = CompletionEventSerializer.INSTANCE.deserialize(in);
    assertThat(in.available()).isZero();
    return event;
  }

  @Test
  void anUnknownVersionIsRefused() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    CompletionRequestSerializer.INSTANCE.serialize(REQUEST, out);
    byte[] bytes = out.getCopyOfBuffer();
    bytes[0] = 9;
    assertThatThrownBy(
            () ->
                CompletionRequestSerializer.INSTANCE.deserialize(new DataInputDeserializer(bytes)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("CompletionRequest of version 9");
  }

  /** The channels of a checkpoint may hold requests that an earlier version sent. */
  @Test
  void aRequestHasTheFormThatItHasByItself() throws IOException {
    DataOutputSerializer alone = new DataOutputSerializer(64);
    CompletionRequestSerializer.INSTANCE.serialize(REQUEST, alone);
    DataOutputSerializer out = new DataOutputSerializer(64);
    ClientRecordSerializer.INSTANCE.serialize(REQUEST, out);
    assertThat(out.getCopyOfBuffer()).isEqualTo(alone.getCopyOfBuffer());
  }

  @Test
  void anUnknownControlRecordIsRefused() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    ClientRecordSerializer.INSTANCE.serialize(
        new ControlRequest.Cancel("r", "c", Optional.empty()), out);
    byte[] bytes = out.getCopyOfBuffer();
    bytes[0] = (byte) 0x89;
    assertThatThrownBy(
            () -> ClientRecordSerializer.INSTANCE.deserialize(new DataInputDeserializer(bytes)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a control record of version 9");
  }

  @Test
  void snapshotsRestoreTheSerializerThatWroteThem() {
    for (TypeSerializer<?> serializer :
        List.of(
            CompletionRequestSerializer.INSTANCE,
            CompletionEventSerializer.INSTANCE,
            ClientRecordSerializer.INSTANCE,
            HeldPiece.Serializer.INSTANCE,
            QueuedRequest.Serializer.INSTANCE,
            TurnInFlight.Serializer.INSTANCE,
            ConversationHeader.Serializer.INSTANCE,
            RequestIds.Serializer.INSTANCE,
            SavedLogprobs.Serializer.INSTANCE,
            SavedChoice.Serializer.INSTANCE,
            ConversationKey.Serializer.INSTANCE)) {
      assertThat(serializer.snapshotConfiguration().restoreSerializer()).isEqualTo(serializer);
    }
  }

  private static <T> void roundTrip(TypeSerializer<T> serializer, T value) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(value, out);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    assertThat(serializer.deserialize(in)).usingRecursiveComparison().isEqualTo(value);
    assertThat(in.available()).as("bytes left over").isZero();
  }
}
