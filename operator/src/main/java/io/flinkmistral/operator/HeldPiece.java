package io.flinkmistral.operator;

import io.flinkmistral.operator.serialization.CompletionEventSerializer;
import io.flinkmistral.operator.serialization.VersionedSerializer;
import io.flinkmistral.protocol.CompletionEvent;
import java.io.IOException;
import java.util.OptionalLong;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The last piece of an answer that was ended before it was whole, in keyed state until it goes out.
 *
 * @param timestamp event time of the request's record
 */
record HeldPiece(OptionalLong timestamp, CompletionEvent piece) {
  static final class Serializer extends VersionedSerializer<HeldPiece> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(HeldPiece.class, 1);
    }

    @Override
    public void write(HeldPiece held, DataOutputView out) throws IOException {
      out.writeBoolean(held.timestamp.isPresent());
      out.writeLong(held.timestamp.orElse(0));
      CompletionEventSerializer.INSTANCE.serialize(held.piece, out);
    }

    @Override
    public HeldPiece read(int version, DataInputView in) throws IOException {
      boolean timed = in.readBoolean();
      long timestamp = in.readLong();
      return new HeldPiece(
          timed ? OptionalLong.of(timestamp) : OptionalLong.empty(),
          CompletionEventSerializer.INSTANCE.deserialize(in));
    }

    @Override
    public TypeSerializerSnapshot<HeldPiece> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<HeldPiece> {
    public Snapshot() {
      super(() -> Serializer.INSTANCE);
    }
  }
}
