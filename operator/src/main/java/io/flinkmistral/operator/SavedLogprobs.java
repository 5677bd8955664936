package io.flinkmistral.operator;

import io.flinkmistral.generation.logprobs.TokenLogprobs;
import io.flinkmistral.operator.serialization.VersionedSerializer;
import io.flinkmistral.operator.serialization.Wire;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** How likely some tokens in a row of an answer were, as keyed state has it. */
record SavedLogprobs(List<TokenLogprobs> tokens) {
  SavedLogprobs {
    tokens = List.copyOf(tokens);
  }

  static void write(TokenLogprobs token, DataOutputView out) throws IOException {
    out.writeInt(token.token());
    out.writeFloat(token.logprob());
    Wire.writeInts(token.topTokens(), out);
    for (float logprob : token.topLogprobs()) {
      out.writeFloat(logprob);
    }
  }

  static TokenLogprobs read(DataInputView in) throws IOException {
    int token = in.readInt();
    float logprob = in.readFloat();
    int[] topTokens = Wire.readInts(in);
    float[] topLogprobs = new float[topTokens.length];
    for (int i = 0; i < topLogprobs.length; i++) {
      topLogprobs[i] = in.readFloat();
    }
    return new TokenLogprobs(token, logprob, topTokens, topLogprobs);
  }

  static final class Serializer extends VersionedSerializer<SavedLogprobs> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(SavedLogprobs.class, 1);
    }

    @Override
    public void write(SavedLogprobs saved, DataOutputView out) throws IOException {
      Wire.writeList(saved.tokens, SavedLogprobs::write, out);
    }

    @Override
    public SavedLogprobs read(int version, DataInputView in) throws IOException {
      return new SavedLogprobs(Wire.readList(SavedLogprobs::read, in));
    }

    @Override
    public TypeSerializerSnapshot<SavedLogprobs> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<SavedLogprobs> {
    public Snapshot() {
      super(() -> Serializer.INSTANCE);
    }
  }
}
