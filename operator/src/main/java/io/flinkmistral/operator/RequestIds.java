package io.flinkmistral.operator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * By which a conversation knows a request that it has already been sent.
 *
 * @param unanswered ids of the requests in its queue
 * @param answered ids of those that were answered last, the latest at the end
 */
record RequestIds(List<String> unanswered, List<String> answered) {
  static final RequestIds NONE = new RequestIds(List.of(), List.of());

  RequestIds {
    unanswered = List.copyOf(unanswered);
    answered = List.copyOf(answered);
  }

  boolean knows(String id) {
    return unanswered.contains(id) || answered.contains(id);
  }

  RequestIds arrived(String id) {
    List<String> ids = new ArrayList<>(unanswered);
    ids.add(id);
    return new RequestIds(ids, answered);
  }

  /** Answered; the last {@code remembered} ones are kept. */
  RequestIds answered(String id, int remembered) {
    List<String> ids = new ArrayList<>(answered);
    ids.add(id);
    return new RequestIds(
        without(id), ids.subList(Math.max(0, ids.size() - remembered), ids.size()));
  }

  /** Refused: it may be sent again. */
  RequestIds refused(String id) {
    return new RequestIds(without(id), answered);
  }

  private List<String> without(String id) {
    List<String> ids = new ArrayList<>(unanswered);
    ids.remove(id);
    return ids;
  }

  static final class Serializer extends VersionedSerializer<RequestIds> {
    private static final long serialVersionUID = 1L;

    static final Serializer INSTANCE = new Serializer();

    private Serializer() {
      super(RequestIds.class, 1);
    }

    @Override
    void write(RequestIds ids, DataOutputView out) throws IOException {
      Wire.writeList(ids.unanswered, Wire::writeText, out);
      Wire.writeList(ids.answered, Wire::writeText, out);
    }

    @Override
    RequestIds read(int version, DataInputView in) throws IOException {
      return new RequestIds(Wire.readList(Wire::readText, in), Wire.readList(Wire::readText, in));
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
