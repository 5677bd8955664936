package io.flinkmistral.enrichment.changelog;

import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Rows that were said, in a form whose version stands before it. */
final class ShownRowSerializer<O> extends TypeSerializer<ShownRow<O>> {
  private static final long serialVersionUID = 1L;

  private static final int VERSION = 1;

  private final TypeSerializer<O> row;

  /**
   * @param row of rows with their results
   */
  ShownRowSerializer(TypeSerializer<O> row) {
    this.row = row;
  }

  @Override
  public void serialize(ShownRow<O> shown, DataOutputView out) throws IOException {
    out.writeByte(VERSION);
    out.writeUTF(shown.digest());
    out.writeBoolean(shown.takenBack());
    row.serialize(shown.row(), out);
  }

  @Override
  public ShownRow<O> deserialize(DataInputView in) throws IOException {
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException(
          "a row of version %d cannot be read: this program knows version %d"
              .formatted(version, VERSION));
    }
    return new ShownRow<>(in.readUTF(), in.readBoolean(), row.deserialize(in));
  }

  @Override
  public ShownRow<O> deserialize(ShownRow<O> reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public ShownRow<O> copy(ShownRow<O> from) {
    return new ShownRow<>(from.digest(), from.takenBack(), row.copy(from.row()));
  }

  @Override
  public ShownRow<O> copy(ShownRow<O> from, ShownRow<O> reuse) {
    return copy(from);
  }

  @Override
  public void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  @Override
  public boolean isImmutableType() {
    return row.isImmutableType();
  }

  @Override
  public TypeSerializer<ShownRow<O>> duplicate() {
    TypeSerializer<O> duplicate = row.duplicate();
    return duplicate == row ? this : new ShownRowSerializer<>(duplicate);
  }

  @Override
  public ShownRow<O> createInstance() {
    return null; // There is nothing to be filled later.
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ShownRowSerializer<?> that && row.equals(that.row);
  }

  @Override
  public int hashCode() {
    return Objects.hash(row);
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
      return new TypeSerializer<?>[] {outer.row};
    }

    @Override
    @SuppressWarnings("unchecked") // The one of getNestedSerializers.
    protected ShownRowSerializer<O> createOuterSerializerWithNestedSerializers(
        TypeSerializer<?>[] nested) {
      return new ShownRowSerializer<>((TypeSerializer<O>) nested[0]);
    }
  }
}
