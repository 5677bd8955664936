package io.flinkmistral.operator;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The turn that a conversation's first queued request has begun, in keyed state.
 *
 * @param prompt tokens that the request appended to the conversation
 * @param generated tokens of its answer so far; in state none, but for what the first version of
 *     the state wrote there
 * @param cachedTokens tokens of the conversation that were cached when the turn began
 */
record TurnInFlight(int[] prompt, int[] generated, int cachedTokens) {

  /** The same with more tokens of its answer. */
  TurnInFlight withMore(int[] tokens) {
    int[] all = Arrays.copyOf(generated, generated.length + tokens.length);
    System.arraycopy(tokens, 0, all, generated.length, tokens.length);
    return new TurnInFlight(prompt, all, cachedTokens);
  }

  static final class Serializer extends VersionedSerializer<TurnInFlight> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(TurnInFlight.class, 1);
    }

    @Override
    void write(TurnInFlight turn, DataOutputView out) throws IOException {
      Wire.writeInts(turn.prompt, out);
      Wire.writeInts(turn.generated, out);
      out.writeInt(turn.cachedTokens);
    }

    @Override
    TurnInFlight read(int version, DataInputView in) throws IOException {
      return new TurnInFlight(Wire.readInts(in), Wire.readInts(in), in.readInt());
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
