package io.flinkmistral.operator;

import io.flinkmistral.operator.serialization.ImmutableSerializer;
import io.flinkmistral.operator.serialization.Wire;
import io.flinkmistral.protocol.ConversationIds;
import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The Flink key of a conversation: two of them are equal if their ids are, but the hash code is
 * that of the id's root. Flink assigns keys to key groups by the hash code, and moves key groups as
 * a whole. So a conversation and its forks are in one key group, now and after each rescaling, and
 * the task that has one of them has them all: a fork is made by reading under one key and writing
 * under another, in one go on one thread. Nothing is sent, so nothing can be lost, doubled or late.
 *
 * <p>The serialised form is the id as text, as the first version of the state had it, when keys
 * were texts. RocksDB, which has keys as bytes, goes on with these; on the heap they would be texts
 * still, see {@link #requireNew}. (Ids with a {@code ~} were in other key groups then.)
 */
record ConversationKey(String id) implements Comparable<ConversationKey> {
  ConversationKey {
    Objects.requireNonNull(id);
  }

  /**
   * @param key as it was found in restored state
   * @throws IllegalStateException if it is a text, which no conversation would be found under
   */
  static void requireNew(Object key) {
    if (!(key instanceof ConversationKey)) {
      throw new IllegalStateException(
          "this savepoint of the first version has texts as keys, such as \"%s\": restore it once with state.backend.type: rocksdb, and take a canonical savepoint of that"
              .formatted(key));
    }
  }

  /** Whether its name says that it was forked from another one, or from a fork of that. */
  boolean isForkOf(ConversationKey other) {
    return id.startsWith(ConversationIds.forkPrefix(other.id));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ConversationKey that && id.equals(that.id);
  }

  @Override
  public int hashCode() {
    return ConversationIds.root(id).hashCode();
  }

  @Override
  public int compareTo(ConversationKey other) {
    return id.compareTo(other.id);
  }

  @Override
  public String toString() {
    return id;
  }

  static final class Serializer extends ImmutableSerializer<ConversationKey> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {}

    @Override
    public void serialize(ConversationKey key, DataOutputView out) throws IOException {
      Wire.writeText(key.id, out);
    }

    @Override
    public ConversationKey deserialize(DataInputView in) throws IOException {
      return new ConversationKey(Wire.readText(in));
    }

    @Override
    public ConversationKey createInstance() {
      return new ConversationKey("");
    }

    @Override
    public TypeSerializerSnapshot<ConversationKey> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot implements TypeSerializerSnapshot<ConversationKey> {
    private static final int VERSION = 1;

    @Override
    public int getCurrentVersion() {
      return VERSION;
    }

    @Override
    public void writeSnapshot(DataOutputView out) {
      // The form has no parameters.
    }

    @Override
    public void readSnapshot(int version, DataInputView in, ClassLoader classLoader)
        throws IOException {
      if (version != VERSION) {
        throw new IOException("keys of version %d cannot be read".formatted(version));
      }
    }

    @Override
    public Serializer restoreSerializer() {
      return Serializer.INSTANCE;
    }

    @Override
    public TypeSerializerSchemaCompatibility<ConversationKey> resolveSchemaCompatibility(
        TypeSerializerSnapshot<ConversationKey> old) {
      // Flink hands over what it finds, whatever it is declared to be.
      Object snapshot = old;
      return snapshot instanceof Snapshot
              || snapshot instanceof StringSerializer.StringSerializerSnapshot
          ? TypeSerializerSchemaCompatibility.compatibleAsIs()
          : TypeSerializerSchemaCompatibility.incompatible();
    }
  }
}
