package io.flinkmistral.operator.serialization;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** Values that several serialised forms are made of. */
public final class Wire {
  private Wire() {}

  /** Writes or reads one value. */
  public interface Writer<T> {
    void write(T value, DataOutputView out) throws IOException;
  }

  public interface Reader<T> {
    T read(DataInputView in) throws IOException;
  }

  public static void writeText(String text, DataOutputView out) throws IOException {
    StringValue.writeString(text, out);
  }

  public static String readText(DataInputView in) throws IOException {
    return StringValue.readString(in);
  }

  public static <T> void writeList(List<T> list, Writer<T> writer, DataOutputView out)
      throws IOException {
    out.writeInt(list.size());
    for (T value : list) {
      writer.write(value, out);
    }
  }

  public static <T> List<T> readList(Reader<T> reader, DataInputView in) throws IOException {
    int size = in.readInt();
    List<T> list = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      list.add(reader.read(in));
    }
    return list;
  }

  public static <T> void writeOptional(Optional<T> value, Writer<T> writer, DataOutputView out)
      throws IOException {
    out.writeBoolean(value.isPresent());
    if (value.isPresent()) {
      writer.write(value.get(), out);
    }
  }

  public static <T> Optional<T> readOptional(Reader<T> reader, DataInputView in)
      throws IOException {
    return in.readBoolean() ? Optional.of(reader.read(in)) : Optional.empty();
  }

  /** Texts by texts, in their order. */
  public static void writeMap(Map<String, String> map, DataOutputView out) throws IOException {
    writeList(
        List.copyOf(map.entrySet()),
        (entry, o) -> {
          writeText(entry.getKey(), o);
          writeText(entry.getValue(), o);
        },
        out);
  }

  public static Map<String, String> readMap(DataInputView in) throws IOException {
    int size = in.readInt();
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      map.put(readText(in), readText(in));
    }
    return map;
  }

  /** Bytes that may be null. */
  public static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      out.write(bytes);
    }
  }

  public static byte[] readBytes(DataInputView in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  public static void writeInts(int[] values, DataOutputView out) throws IOException {
    out.writeInt(values.length);
    for (int value : values) {
      out.writeInt(value);
    }
  }

  public static int[] readInts(DataInputView in) throws IOException {
    int[] values = new int[in.readInt()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readInt();
    }
    return values;
  }
}
