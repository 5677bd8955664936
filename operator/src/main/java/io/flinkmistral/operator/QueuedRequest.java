package io.flinkmistral.operator;

import io.flinkmistral.operator.serialization.CompletionRequestSerializer;
import io.flinkmistral.operator.serialization.VersionedSerializer;
import io.flinkmistral.protocol.CompletionRequest;
import java.io.IOException;
import java.util.OptionalLong;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A request that is not answered yet, in keyed state.
 *
 * @param timestamp event time of its record, which its answer takes over
 * @param arrivedMillis when it came in, in milliseconds since 1970
 * @param sourceEnd of a fork: the end of the other conversation's queue when it came in; all that
 *     stood there is answered before
 */
record QueuedRequest(
    CompletionRequest request, OptionalLong timestamp, long arrivedMillis, long sourceEnd) {

  static final class Serializer extends VersionedSerializer<QueuedRequest> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(QueuedRequest.class, 2);
    }

    @Override
    public void write(QueuedRequest queued, DataOutputView out) throws IOException {
      CompletionRequestSerializer.INSTANCE.serialize(queued.request, out);
      out.writeBoolean(queued.timestamp.isPresent());
      out.writeLong(queued.timestamp.orElse(0));
      out.writeLong(queued.arrivedMillis);
      out.writeLong(queued.sourceEnd);
    }

    @Override
    public QueuedRequest read(int version, DataInputView in) throws IOException {
      CompletionRequest request = CompletionRequestSerializer.INSTANCE.deserialize(in);
      boolean timed = in.readBoolean();
      long timestamp = in.readLong();
      return new QueuedRequest(
          request,
          timed ? OptionalLong.of(timestamp) : OptionalLong.empty(),
          in.readLong(),
          version < 2 ? 0 : in.readLong());
    }

    @Override
    public TypeSerializerSnapshot<QueuedRequest> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<QueuedRequest> {
    public Snapshot() {
      super(() -> Serializer.INSTANCE);
    }
  }
}
