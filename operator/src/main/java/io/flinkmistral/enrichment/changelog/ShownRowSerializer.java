package io.flinkmistral.enrichment.changelog;

import io.flinkmistral.enrichment.WrappingSerializer;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Rows that were said, in a form whose version stands before it. */
final class ShownRowSerializer<O> extends WrappingSerializer<ShownRow<O>, O> {
  private static final long serialVersionUID = 1L;

  private static final int VERSION = 1;

  /**
   * @param row of rows with their results
   */
  ShownRowSerializer(TypeSerializer<O> row) {
    super(row);
  }

  @Override
  public void serialize(ShownRow<O> shown, DataOutputView out) throws IOException {
    out.writeByte(VERSION);
    out.writeUTF(shown.digest());
    out.writeBoolean(shown.takenBack());
    wrapped().serialize(shown.row(), out);
  }

  @Override
  public ShownRow<O> deserialize(DataInputView in) throws IOException {
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException(
          "a row of version %d cannot be read: this program knows version %d"
              .formatted(version, VERSION));
    }
    return new ShownRow<>(in.readUTF(), in.readBoolean(), wrapped().deserialize(in));
  }

  @Override
  public ShownRow<O> copy(ShownRow<O> from) {
    return new ShownRow<>(from.digest(), from.takenBack(), wrapped().copy(from.row()));
  }

  @Override
  protected TypeSerializer<ShownRow<O>> with(TypeSerializer<O> other) {
    return new ShownRowSerializer<>(other);
  }

  @Override
  public TypeSerializerSnapshot<ShownRow<O>> snapshotConfiguration() {
    return new Snapshot<>(this);
  }

  /** Of the row's own serializer. Made by Flink, when it reads a savepoint. */
  public static final class Snapshot<O>
      extends CompositeTypeSerializerSnapshot<ShownRow<O>, ShownRowSerializer<O>> {
    private static final int CURRENT = 1;

    /** Made by Flink. */
    public Snapshot() {
      // It is read next.
    }

    Snapshot(ShownRowSerializer<O> serializer) {
      super(serializer);
    }

    @Override
    protected int getCurrentOuterSnapshotVersion() {
      return CURRENT;
    }

    @Override
    protected TypeSerializer<?>[] getNestedSerializers(ShownRowSerializer<O> outer) {
      return new TypeSerializer<?>[] {outer.wrapped()};
    }

    @Override
    @SuppressWarnings("unchecked") // The one of getNestedSerializers.
    protected ShownRowSerializer<O> createOuterSerializerWithNestedSerializers(
        TypeSerializer<?>[] nested) {
      return new ShownRowSerializer<>((TypeSerializer<O>) nested[0]);
    }
  }
}
