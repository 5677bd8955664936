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

/**
 * Some tokens in a row of one of a request's answers that is not the first, as keyed state has
 * them.
 *
 * @param choice which answer, from 1 on
 * @param tokens of it
 * @param logprobs of each of them, where the request asks for them; else none
 */
record SavedChoice(int choice, int[] tokens, List<TokenLogprobs> logprobs) {
  SavedChoice {
    logprobs = List.copyOf(logprobs);
  }

  static final class Serializer extends VersionedSerializer<SavedChoice> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(SavedChoice.class, 1);
    }

    @Override
    public void write(SavedChoice saved, DataOutputView out) throws IOException {
      out.writeInt(saved.choice);
      Wire.writeInts(saved.tokens, out);
      Wire.writeList(saved.logprobs, SavedLogprobs::write, out);
    }

    @Override
    public SavedChoice read(int version, DataInputView in) throws IOException {
      return new SavedChoice(
          in.readInt(), Wire.readInts(in), Wire.readList(SavedLogprobs::read, in));
    }

    @Override
    public TypeSerializerSnapshot<SavedChoice> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<SavedChoice> {
    public Snapshot() {
      super(() -> Serializer.INSTANCE);
    }
  }
}
