package io.flinkmistral.enrichment;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** Values of fields, serialised: a byte for the type, and the value. */
final class ValueForm {
  /** Codes never change. */
  private static final int NULL = 0;

  private static final int TEXT = 1;
  private static final int BOOLEAN = 2;
  private static final int BYTE = 3;
  private static final int SHORT = 4;
  private static final int INTEGER = 5;
  private static final int LONG = 6;
  private static final int FLOAT = 7;
  private static final int DOUBLE = 8;
  private static final int DECIMAL = 9;
  private static final int DATE = 10;
  private static final int TIME = 11;
  private static final int DATE_TIME = 12;
  private static final int INSTANT = 13;
  private static final int LIST = 14;
  private static final int MAP = 15;

  private ValueForm() {}

  static void writeText(String text, DataOutputView out) throws IOException {
    StringValue.writeString(text, out);
  }

  static String readText(DataInputView in) throws IOException {
    return StringValue.readString(in);
  }

  static void write(Object value, DataOutputView out) throws IOException {
    switch (value) {
      case null -> out.writeByte(NULL);
      case String text -> text(TEXT, text, out);
      case Boolean flag -> {
        out.writeByte(BOOLEAN);
        out.writeBoolean(flag);
      }
      case Byte number -> {
        out.writeByte(BYTE);
        out.writeByte(number);
      }
      case Short number -> {
        out.writeByte(SHORT);
        out.writeShort(number);
      }
      case Integer number -> {
        out.writeByte(INTEGER);
        out.writeInt(number);
      }
      case Long number -> {
        out.writeByte(LONG);
        out.writeLong(number);
      }
      case Float number -> {
        out.writeByte(FLOAT);
        out.writeFloat(number);
      }
      case Double number -> {
        out.writeByte(DOUBLE);
        out.writeDouble(number);
      }
      case BigDecimal number -> text(DECIMAL, number.toString(), out);
      case LocalDate date -> text(DATE, date.toString(), out);
      case LocalTime time -> text(TIME, time.toString(), out);
      case LocalDateTime time -> text(DATE_TIME, time.toString(), out);
      case Instant instant -> text(INSTANT, instant.toString(), out);
      case List<?> list -> writeList(list, out);
      case Map<?, ?> map -> {
        out.writeByte(MAP);
        writeMap(map, out);
      }
      default ->
          throw new IllegalArgumentException(
              "a value of a field is of a type that fields do not have: " + value.getClass());
    }
  }

  private static void text(int code, String text, DataOutputView out) throws IOException {
    out.writeByte(code);
    writeText(text, out);
  }

  private static void writeList(List<?> list, DataOutputView out) throws IOException {
    out.writeByte(LIST);
    out.writeInt(list.size());
    for (Object element : list) {
      write(element, out);
    }
  }

  /** Without a byte for the type. */
  static void writeMap(Map<?, ?> map, DataOutputView out) throws IOException {
    out.writeInt(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      writeText(String.valueOf(entry.getKey()), out);
      write(entry.getValue(), out);
    }
  }

  static Object read(DataInputView in) throws IOException {
    int code = in.readUnsignedByte();
    return switch (code) {
      case NULL -> null;
      case TEXT -> readText(in);
      case BOOLEAN -> in.readBoolean();
      case BYTE -> in.readByte();
      case SHORT -> in.readShort();
      case INTEGER -> in.readInt();
      case LONG -> in.readLong();
      case FLOAT -> in.readFloat();
      case DOUBLE -> in.readDouble();
      case DECIMAL -> new BigDecimal(readText(in));
      case DATE -> LocalDate.parse(readText(in));
      case TIME -> LocalTime.parse(readText(in));
      case DATE_TIME -> LocalDateTime.parse(readText(in));
      case INSTANT -> Instant.parse(readText(in));
      case LIST -> readList(in);
      case MAP -> readMap(in);
      default -> throw new IOException("unknown code of a value's type: " + code);
    };
  }

  private static List<Object> readList(DataInputView in) throws IOException {
    int size = in.readInt();
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      list.add(read(in));
    }
    return Collections.unmodifiableList(list);
  }

  static Map<String, Object> readMap(DataInputView in) throws IOException {
    int size = in.readInt();
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      map.put(readText(in), read(in));
    }
    return Collections.unmodifiableMap(map);
  }
}
