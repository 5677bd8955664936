package io.flinkmistral.operator;

import io.flinkmistral.operator.serialization.VersionedSerializer;
import io.flinkmistral.operator.serialization.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Ids of the requests that a conversation answered last, by which it knows one that is sent again.
 * (Those that wait are known by the queue.)
 *
 * @param answered the latest at the end
 */
record RequestIds(List<String> answered) {
  static final RequestIds NONE = new RequestIds(List.of());

  RequestIds {
    answered = List.copyOf(answered);
  }

  boolean knows(String id) {
    return answered.contains(id);
  }

  /** One more; the last {@code remembered} ones are kept. */
  RequestIds answered(String id, int remembered) {
    List<String> ids = new ArrayList<>(answered);
    ids.add(id);
    return new RequestIds(ids.subList(Math.max(0, ids.size() - remembered), ids.size()));
  }

  static final class Serializer extends VersionedSerializer<RequestIds> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(RequestIds.class, 2);
    }

    @Override
    public void write(RequestIds ids, DataOutputView out) throws IOException {
      Wire.writeList(ids.answered, Wire::writeText, out);
    }

    @Override
    public RequestIds read(int version, DataInputView in) throws IOException {
      if (version < 2) {
        Wire.readList(Wire::readText, in); // Of the requests in the queue, which has them, too.
      }
      return new RequestIds(Wire.readList(Wire::readText, in));
    }

    @Override
    public TypeSerializerSnapshot<RequestIds> snapshotConfiguration() {
      return new Snapshot();
    }
  }

  /** Made by Flink when it restores. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<RequestIds> {
    public Snapshot() {
      super(() -> Serializer.INSTANCE);
    }
  }
}
