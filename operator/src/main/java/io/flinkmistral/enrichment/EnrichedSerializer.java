package io.flinkmistral.enrichment;

import io.flinkmistral.protocol.ErrorCode;
import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A record by its own serializer, and what came of it, in a form whose version stands before it.
 */
public final class EnrichedSerializer<T> extends TypeSerializer<Enriched<T>> {
  private static final long serialVersionUID = 1L;

  private static final int VERSION = 1;
  private static final int DONE = 1;
  private static final int FAILED = 2;

  private final TypeSerializer<T> record;

  EnrichedSerializer(TypeSerializer<T> record) {
    this.record = record;
  }

  @Override
  public void serialize(Enriched<T> enriched, DataOutputView out) throws IOException {
    out.writeByte(VERSION);
    record.serialize(enriched.record(), out);
    switch (enriched) {
      case Enriched.Done<T> done -> {
        out.writeByte(DONE);
        ResultForm.write(done.result(), out);
      }
      case Enriched.Failed<T> failed -> {
        out.writeByte(FAILED);
        ValueForm.writeText(failed.code().name(), out);
        ValueForm.writeText(failed.parameter(), out);
        ValueForm.writeText(failed.message(), out);
      }
    }
  }

  @Override
  public Enriched<T> deserialize(DataInputView in) throws IOException {
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException(
          "an enriched record of version %d cannot be read: this program knows version %d"
              .formatted(version, VERSION));
    }
    T value = record.deserialize(in);
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case DONE -> new Enriched.Done<>(value, ResultForm.read(in));
      case FAILED ->
          new Enriched.Failed<>(
              value,
              ErrorCode.valueOf(ValueForm.readText(in)),
              ValueForm.readText(in),
              ValueForm.readText(in));
      default -> throw new IOException("unknown kind of an enriched record: " + kind);
    };
  }

  @Override
  public Enriched<T> deserialize(Enriched<T> reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public Enriched<T> copy(Enriched<T> from) {
    T copy = record.copy(from.record());
    return switch (from) {
      case Enriched.Done<T> done -> new Enriched.Done<>(copy, done.result());
      case Enriched.Failed<T> failed ->
          new Enriched.Failed<>(copy, failed.code(), failed.parameter(), failed.message());
    };
  }

  @Override
  public Enriched<T> copy(Enriched<T> from, Enriched<T> reuse) {
    return copy(from);
  }

  @Override
  public void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  @Override
  public boolean isImmutableType() {
    return record.isImmutableType();
  }

  @Override
  public TypeSerializer<Enriched<T>> duplicate() {
    TypeSerializer<T> duplicate = record.duplicate();
    return duplicate == record ? this : new EnrichedSerializer<>(duplicate);
  }

  @Override
  public Enriched<T> createInstance() {
    return null; // There is nothing to be filled later.
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EnrichedSerializer<?> that && record.equals(that.record);
  }

  @Override
  public int hashCode() {
    return Objects.hash(record);
  }

  @Override
  public TypeSerializerSnapshot<Enriched<T>> snapshotConfiguration() {
    return new Snapshot<>(this);
  }

  /** Of the record's own serializer. Made by Flink, when it reads a savepoint. */
  public static final class Snapshot<T>
      extends CompositeTypeSerializerSnapshot<Enriched<T>, EnrichedSerializer<T>> {
    private static final int CURRENT = 1;

    /** Made by Flink. */
    public Snapshot() {
      // It is read next.
    }

    Snapshot(EnrichedSerializer<T> serializer) {
      super(serializer);
    }

    @Override
    protected int getCurrentOuterSnapshotVersion() {
      return CURRENT;
    }

    @Override
    protected TypeSerializer<?>[] getNestedSerializers(EnrichedSerializer<T> outer) {
      return new TypeSerializer<?>[] {outer.record};
    }

    @Override
    @SuppressWarnings("unchecked") // The one of getNestedSerializers.
    protected EnrichedSerializer<T> createOuterSerializerWithNestedSerializers(
        TypeSerializer<?>[] nested) {
      return new EnrichedSerializer<>((TypeSerializer<T>) nested[0]);
    }
  }
}
