package io.flinkmistral.operator;

import io.flinkmistral.generation.Generation;
import io.flinkmistral.operator.serialization.VersionedSerializer;
import io.flinkmistral.operator.serialization.Wire;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The turn that a conversation's first queued request has begun, in keyed state.
 *
 * @param prompt tokens that the request appended to the conversation
 * @param generated tokens of its answer so far; in state those that there were when it was resumed
 *     last
 * @param cachedTokens tokens of the conversation that were cached when the turn began
 * @param terms what it began with; none where version 1 wrote it
 * @param droppedTurns of the conversation, which made way for it; 0 before version 3
 */
record TurnInFlight(
    int[] prompt, int[] generated, int cachedTokens, Optional<Terms> terms, int droppedTurns) {

  /**
   * What a turn begins with holds until it ends, whatever options say by then: so a restore in
   * mid-answer changes neither its words nor where it ends.
   *
   * @param fingerprint of the model, which its answer will carry
   * @param limits of the answer
   */
  record Terms(String fingerprint, Generation.Limits limits) {
    private static void write(Terms terms, DataOutputView out) throws IOException {
      Wire.writeText(terms.fingerprint, out);
      out.writeInt(terms.limits.maxTokens());
      out.writeInt(terms.limits.contextLimit());
    }

    private static Terms read(DataInputView in) throws IOException {
      return new Terms(Wire.readText(in), new Generation.Limits(in.readInt(), in.readInt()));
    }
  }

  /** A turn before the first token of its answer. */
  static TurnInFlight begun(int[] prompt, int cachedTokens, Terms terms, int droppedTurns) {
    return new TurnInFlight(prompt, new int[0], cachedTokens, Optional.of(terms), droppedTurns);
  }

  /** The same with more tokens of its answer. */
  TurnInFlight withMore(int[] tokens) {
    int[] all = Arrays.copyOf(generated, generated.length + tokens.length);
    System.arraycopy(tokens, 0, all, generated.length, tokens.length);
    return new TurnInFlight(prompt, all, cachedTokens, terms, droppedTurns);
  }

  TurnInFlight withTerms(Terms known) {
    return new TurnInFlight(prompt, generated, cachedTokens, Optional.of(known), droppedTurns);
  }

  static final class Serializer extends VersionedSerializer<TurnInFlight> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(TurnInFlight.class, 3);
    }

    @Override
    public void write(TurnInFlight turn, DataOutputView out) throws IOException {
      Wire.writeInts(turn.prompt, out);
      Wire.writeInts(turn.generated, out);
      out.writeInt(turn.cachedTokens);
      Wire.writeOptional(turn.terms, Terms::write, out);
      out.writeInt(turn.droppedTurns);
    }

    @Override
    public TurnInFlight read(int version, DataInputView in) throws IOException {
      return new TurnInFlight(
          Wire.readInts(in),
          Wire.readInts(in),
          in.readInt(),
          version < 2 ? Optional.empty() : Wire.readOptional(Terms::read, in),
          version < 3 ? 0 : in.readInt());
    }

    @Override
    public TypeSerializerSnapshot<TurnInFlight> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<TurnInFlight> {
    public Snapshot() {
      super(() -> Serializer.INSTANCE);
    }
  }
}
