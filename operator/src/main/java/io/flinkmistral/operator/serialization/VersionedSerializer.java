package io.flinkmistral.operator.serialization;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A serializer of immutable values whose first byte is the version of the form that follows, so
 * that state which an older version wrote can still be read, and what is unknown is refused.
 */
public abstract class VersionedSerializer<T> extends ImmutableSerializer<T> {
  private static final long serialVersionUID = 1L;

  private final Class<T> type;
  private final int currentVersion;

  protected VersionedSerializer(Class<T> type, int currentVersion) {
    this.type = type;
    this.currentVersion = currentVersion;
  }

  /** Writes {@code value} in the form of the current version. */
  public abstract void write(T value, DataOutputView out) throws IOException;

  /** Reads the form of {@code version}, which is from 1 to the current one. */
  public abstract T read(int version, DataInputView in) throws IOException;

  @Override
  public void serialize(T value, DataOutputView out) throws IOException {
    out.writeByte(currentVersion);
    write(value, out);
  }

  @Override
  public T deserialize(DataInputView in) throws IOException {
    return deserialize(in.readUnsignedByte(), in);
  }

  /** Reads a value whose version has been read. */
  public T deserialize(int version, DataInputView in) throws IOException {
    if (version < 1 || version > currentVersion) {
      throw new IOException(
          "%s of version %d cannot be read: this program knows versions 1 to %d"
              .formatted(type.getSimpleName(), version, currentVersion));
    }
    return read(version, in);
  }
}
