package io.flinkmistral.weights.gguf;

import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ByteCursor;
import io.flinkmistral.weights.source.ConfigFields;
import io.flinkmistral.weights.source.MappedFile;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** The metadata of a GGUF file: where each value stands; a value is read when it is asked for. */
final class GgufMetadata implements ConfigFields {
  private static final int MAX_KEY_BYTES = 65_535;
  private static final int MAX_TEXT_BYTES = 1 << 20;

  /** Far more than files have (about 30), and few enough to be no burden. */
  private static final int MAX_ENTRIES = 1 << 16;

  private static final int MIN_ENTRY_BYTES = 8 + 4 + 1;

  /**
   * A value.
   *
   * @param type its type; an array's elements' type
   * @param array whether it is an array
   * @param count elements; 1 if no array
   * @param offset where the first element starts
   */
  record Value(GgufType type, boolean array, long count, long offset) {}

  private final MappedFile file;
  private final Map<String, Value> values = new LinkedHashMap<>();

  private GgufMetadata(MappedFile file) {
    this.file = file;
  }

  static GgufMetadata read(MappedFile file, ByteCursor cursor, long count)
      throws MalformedModelException {
    if (count > MAX_ENTRIES || count > cursor.remaining() / MIN_ENTRY_BYTES) {
      throw file.malformed(
          16,
          "the file declares %d metadata entries; %d bytes follow, and at most %d are read"
              .formatted(count, cursor.remaining(), MAX_ENTRIES));
    }
    GgufMetadata metadata = new GgufMetadata(file);
    for (long i = 0; i < count; i++) {
      metadata.readEntry(cursor);
    }
    return metadata;
  }

  private void readEntry(ByteCursor cursor) throws MalformedModelException {
    long at = cursor.position();
    String key = cursor.string("a metadata key", MAX_KEY_BYTES);
    if (values.putIfAbsent(key, readValue(cursor, key)) != null) {
      throw file.malformed(at, "metadata key %s is there twice".formatted(key));
    }
  }

  private Value readValue(ByteCursor cursor, String key) throws MalformedModelException {
    GgufType type = GgufType.read(cursor, key);
    if (type != GgufType.ARRAY) {
      Value value = new Value(type, false, 1, cursor.position());
      skip(cursor, type, 1, key);
      return value;
    }
    long at = cursor.position();
    GgufType elements = GgufType.read(cursor, "the elements of " + key);
    if (elements == GgufType.ARRAY) {
      throw file.malformed(at, "%s is an array of arrays, which is not supported".formatted(key));
    }
    long count = cursor.count("the length of the array " + key, elements.minBytes());
    Value value = new Value(elements, true, count, cursor.position());
    skip(cursor, elements, count, key);
    return value;
  }

  private static void skip(ByteCursor cursor, GgufType type, long count, String key)
      throws MalformedModelException {
    if (type != GgufType.STRING) {
      cursor.skip(Math.multiplyExact(count, (long) type.minBytes()), key);
      return;
    }
    String length = "the length of a string of " + key;
    for (long i = 0; i < count; i++) {
      cursor.skip(cursor.count(length, 1), key);
    }
  }

  Set<String> keys() {
    return values.keySet();
  }

  /** The value of a key that must be an array of {@code type}; empty where it is absent. */
  Optional<Value> array(String key, GgufType type) throws MalformedModelException {
    Value value = values.get(key);
    if (value != null && !(value.array() && value.type() == type)) {
      throw wrong(key, "is no array of " + type);
    }
    return Optional.ofNullable(value);
  }

  ByteCursor cursor(Value value) {
    return new ByteCursor(file, value.offset());
  }

  @Override
  public boolean has(String key) {
    return values.containsKey(key);
  }

  @Override
  public OptionalLong integer(String key) throws MalformedModelException {
    Value value = values.get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(integer(scalar(key, value), key, value));
  }

  /** The next integer, of the value's type. */
  private long integer(ByteCursor cursor, String key, Value value) throws MalformedModelException {
    return switch (value.type()) {
      case UINT8 -> cursor.unsignedByte(key);
      case INT8 -> (byte) cursor.unsignedByte(key);
      case UINT16 -> cursor.unsignedShort(key);
      case INT16 -> (short) cursor.unsignedShort(key);
      case UINT32 -> cursor.unsignedInt(key);
      case INT32 -> cursor.integer(key);
      case INT64 -> cursor.longInteger(key);
      case UINT64 -> unsignedLong(key, cursor.longInteger(key));
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> throw notA(key, "an integer", value);
    };
  }

  private long unsignedLong(String key, long value) throws MalformedModelException {
    if (value < 0) {
      throw wrong(key, "is %s, beyond all sizes".formatted(Long.toUnsignedString(value)));
    }
    return value;
  }

  @Override
  public OptionalDouble number(String key) throws MalformedModelException {
    Value value = values.get(key);
    if (value == null) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(number(scalar(key, value), key, value));
  }

  /** The next number, of the value's type. */
  private double number(ByteCursor cursor, String key, Value value) throws MalformedModelException {
    return switch (value.type()) {
      case FLOAT32 -> Float.intBitsToFloat(cursor.integer(key));
      case FLOAT64 -> Double.longBitsToDouble(cursor.longInteger(key));
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> integer(cursor, key, value);
      case BOOL, STRING, ARRAY -> throw notA(key, "a number", value);
    };
  }

  boolean isArray(String key) {
    return has(key) && values.get(key).array();
  }

  /** The numbers of an array, whatever their type; empty where the key is absent. */
  Optional<double[]> numbers(String key, int count, String ofWhat) throws MalformedModelException {
    Value value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.array()) {
      throw notA(key, "an array of numbers", value);
    }
    if (value.count() != count) {
      throw wrong(key, "has %d elements for %d %s".formatted(value.count(), count, ofWhat));
    }
    double[] numbers = new double[count];
    ByteCursor cursor = cursor(value);
    for (int i = 0; i < count; i++) {
      numbers[i] = number(cursor, key, value);
    }
    return Optional.of(numbers);
  }

  @Override
  public Optional<String> text(String key) throws MalformedModelException {
    Value value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    ByteCursor cursor = scalar(key, value);
    if (value.type() != GgufType.STRING) {
      throw notA(key, "a string", value);
    }
    return Optional.of(cursor.string(key, MAX_TEXT_BYTES));
  }

  @Override
  public boolean flag(String key) throws MalformedModelException {
    return flagOr(key, false);
  }

  boolean flagOr(String key, boolean otherwise) throws MalformedModelException {
    Value value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    ByteCursor cursor = scalar(key, value);
    if (value.type() != GgufType.BOOL) {
      throw notA(key, "a truth value", value);
    }
    return cursor.unsignedByte(key) != 0;
  }

  @Override
  public MalformedModelException wrong(String key, String reason) {
    Value value = values.get(key);
    return file.malformed(value == null ? 0 : value.offset(), key + " " + reason);
  }

  private ByteCursor scalar(String key, Value value) throws MalformedModelException {
    if (value.array()) {
      throw notA(key, "a single value", value);
    }
    return cursor(value);
  }

  private MalformedModelException notA(String key, String wanted, Value value) {
    return wrong(
        key,
        "must be %s, but is %s%s"
            .formatted(wanted, value.array() ? "array of " : "", value.type()));
  }
}
