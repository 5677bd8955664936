package io.flinkmistral.enrichment;

import io.flinkmistral.protocol.ErrorCode;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A record by its own serializer, and what came of it, in a form whose version stands before it.
 */
public final class EnrichedSerializer<T> extends WrappingSerializer<Enriched<T>, T> {
  private static final long serialVersionUID = 1L;

  private static final int VERSION = 1;
  private static final int DONE = 1;
  private static final int FAILED = 2;

  EnrichedSerializer(TypeSerializer<T> record) {
    super(record);
  }

  @Override
  public void serialize(Enriched<T> enriched, DataOutputView out) throws IOException {
    out.writeByte(VERSION);
    wrapped().serialize(enriched.record(), out);
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
    T value = wrapped().deserialize(in);
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
  public Enriched<T> copy(Enriched<T> from) {
    T copy = wrapped().copy(from.record());
    return switch (from) {
      case Enriched.Done<T> done -> new Enriched.Done<>(copy, done.result());
      case Enriched.Failed<T> failed ->
          new Enriched.Failed<>(copy, failed.code(), failed.parameter(), failed.message());
    };
  }

  @Override
  protected TypeSerializer<Enriched<T>> with(TypeSerializer<T> other) {
    return new EnrichedSerializer<>(other);
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
      return new TypeSerializer<?>[] {outer.wrapped()};
    }

    @Override
    @SuppressWarnings("unchecked") // The one of getNestedSerializers.
    protected EnrichedSerializer<T> createOuterSerializerWithNestedSerializers(
        TypeSerializer<?>[] nested) {
      return new EnrichedSerializer<>((TypeSerializer<T>) nested[0]);
    }
  }
}
