package io.flinkmistral.weights.tensors;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ByteCursor;
import io.flinkmistral.weights.source.MappedFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the pickle of a dictionary of tensors (opcodes: CPython's pickletools; what torch writes:
 * {@code torch/_utils.py}, {@code torch/serialization.py}).
 *
 * <p>A pickle is a program for a stack machine that can call any function by name. This machine has
 * no functions: of the few names that a dictionary of tensors needs it makes values of its own, and
 * any other name or opcode is refused.
 */
final class TensorPickle {
  private static final int MAX_BYTES = 1 << 22;
  private static final int MAX_DEPTH = 1 << 18;
  private static final int MAX_TEXT = 1 << 12;
  private static final int MAX_DIMENSIONS = 8;

  /** Numbers of one kind in one entry of the zip file. */
  record Storage(String key, DataType type) {}

  /** A tensor: from number {@code offset} of its storage on. */
  record Tensor(Storage storage, long offset, long[] size, long[] stride, long declaredAt) {}

  private enum Name {
    DICTIONARY,
    REBUILD_TENSOR,
    REBUILD_PARAMETER,
    HALF,
    BFLOAT16,
    FLOAT
  }

  private enum Singleton {
    MARK,
    NONE
  }

  private final MappedFile file;
  private final ByteCursor in;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  private TensorPickle(MappedFile file, ZipDirectory.Entry entry) {
    this.file = file;
    this.in = new ByteCursor(file, entry.offset(), entry.offset() + entry.size());
  }

  static Map<String, Tensor> read(MappedFile file, ZipDirectory.Entry entry)
      throws MalformedModelException {
    if (entry.size() > MAX_BYTES) {
      throw file.malformed(
          entry.offset(),
          "data.pkl has %d bytes; at most %d are read".formatted(entry.size(), MAX_BYTES));
    }
    return new TensorPickle(file, entry).tensors();
  }

  private Map<String, Tensor> tensors() throws MalformedModelException {
    int opcode = in.unsignedByte("an opcode");
    while (opcode != '.') {
      execute(opcode);
      if (stack.size() > MAX_DEPTH || memo.size() > MAX_DEPTH) {
        throw malformed("has more than %d values at once".formatted(MAX_DEPTH));
      }
      opcode = in.unsignedByte("an opcode");
    }
    Map<String, Tensor> result = new LinkedHashMap<>();
    Map<?, ?> dictionary = pop(Map.class);
    for (Map.Entry<?, ?> entry : dictionary.entrySet()) {
      if (!(entry.getKey() instanceof String name)
          || !(entry.getValue() instanceof Tensor tensor)) {
        throw malformed("holds something else than tensors by name");
      }
      result.put(name, tensor);
    }
    return result;
  }

  private void execute(int opcode) throws MalformedModelException {
    switch (opcode) {
      case 0x80 -> in.skip(1, "the protocol");
      case 0x95 -> in.skip(8, "a frame");
      case '(' -> stack.add(Singleton.MARK);
      case 'N' -> stack.add(Singleton.NONE);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'K' -> stack.add((long) in.unsignedByte("a number"));
      case 'M' -> stack.add((long) in.unsignedShort("a number"));
      case 'J' -> stack.add((long) in.integer("a number"));
      case 0x8a -> stack.add(longNumber());
      case 'X' -> stack.add(text(in.unsignedInt("a length")));
      case 0x8c -> stack.add(text(in.unsignedByte("a length")));
      case 'c' -> stack.add(name(line(), line()));
      case 0x93 -> {
        String name = pop(String.class);
        stack.add(name(pop(String.class), name));
      }
      case ')', ']' -> stack.add(new ArrayList<>());
      case '}' -> stack.add(new LinkedHashMap<>());
      case 't', 'l' -> stack.add(popToMark());
      case 0x85 -> stack.add(popCount(1));
      case 0x86 -> stack.add(popCount(2));
      case 0x87 -> stack.add(popCount(3));
      case 'q' -> memo.put((long) in.unsignedByte("a place"), top());
      case 'r' -> memo.put(in.unsignedInt("a place"), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'h' -> stack.add(remembered(in.unsignedByte("a place")));
      case 'j' -> stack.add(remembered(in.unsignedInt("a place")));
      case 'Q' -> stack.add(storage(pop(List.class)));
      case 'R' -> reduce();
      case 's' -> putAll(popCount(2));
      case 'u' -> putAll(popToMark());
      // Attributes of a dictionary, such as the versions of its modules, say nothing of tensors.
      case 'b' -> pop(Map.class);
      default -> throw malformed("has the opcode 0x%02x, which no tensor needs".formatted(opcode));
    }
  }

  private Name name(String module, String name) throws MalformedModelException {
    return switch (module + "." + name) {
      case "collections.OrderedDict" -> Name.DICTIONARY;
      case "torch._utils._rebuild_tensor_v2" -> Name.REBUILD_TENSOR;
      case "torch._utils._rebuild_parameter" -> Name.REBUILD_PARAMETER;
      case "torch.HalfStorage" -> Name.HALF;
      case "torch.BFloat16Storage" -> Name.BFLOAT16;
      case "torch.FloatStorage" -> Name.FLOAT;
      case String other ->
          throw malformed("asks for %s, which no tensor needs; nothing is run".formatted(other));
    };
  }

  private void reduce() throws MalformedModelException {
    List<?> arguments = pop(List.class);
    Name function = pop(Name.class);
    switch (function) {
      case DICTIONARY -> stack.add(new LinkedHashMap<>());
      case REBUILD_TENSOR -> stack.add(tensor(arguments));
      case REBUILD_PARAMETER -> stack.add(argument(arguments, 0, Tensor.class));
      case HALF, BFLOAT16, FLOAT -> throw malformed("calls a storage");
    }
  }

  /** {@code ('storage', type, key, location, count)}. */
  private Storage storage(List<?> id) throws MalformedModelException {
    DataType type =
        switch (argument(id, 1, Name.class)) {
          case HALF -> DataType.F16;
          case BFLOAT16 -> DataType.BF16;
          case FLOAT -> DataType.F32;
          case DICTIONARY, REBUILD_TENSOR, REBUILD_PARAMETER ->
              throw malformed("has a storage of no type");
        };
    return new Storage(argument(id, 2, String.class), type);
  }

  /** {@code (storage, offset, size, stride, ...)}. */
  private Tensor tensor(List<?> arguments) throws MalformedModelException {
    long[] size = longs(argument(arguments, 2, List.class));
    long[] stride = longs(argument(arguments, 3, List.class));
    if (size.length != stride.length) {
      throw malformed(
          "has a tensor of %d sizes and %d strides".formatted(size.length, stride.length));
    }
    return new Tensor(
        argument(arguments, 0, Storage.class),
        argument(arguments, 1, Long.class),
        size,
        stride,
        in.position());
  }

  private long[] longs(List<?> values) throws MalformedModelException {
    if (values.size() > MAX_DIMENSIONS) {
      throw malformed("has a tensor of %d dimensions".formatted(values.size()));
    }
    long[] result = new long[values.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = argument(values, i, Long.class);
    }
    return result;
  }

  private void putAll(List<Object> pairs) throws MalformedModelException {
    @SuppressWarnings("unchecked")
    Map<Object, Object> target = (Map<Object, Object>) expect(Map.class, top());
    for (int i = 0; i < pairs.size(); i += 2) {
      // Other keys could be values that contain each other, whose hash is never done.
      Object key = argument(pairs, i, String.class);
      if (target.putIfAbsent(key, argument(pairs, i + 1, Object.class)) != null) {
        throw malformed("has %s twice".formatted(key));
      }
    }
  }

  private List<Object> popToMark() throws MalformedModelException {
    int mark = stack.lastIndexOf(Singleton.MARK);
    if (mark < 0) {
      throw malformed("ends a list that it did not begin");
    }
    List<Object> values = popCount(stack.size() - mark - 1);
    stack.removeLast();
    return values;
  }

  private List<Object> popCount(int count) throws MalformedModelException {
    if (count > stack.size()) {
      throw malformed("takes %d values from a stack of %d".formatted(count, stack.size()));
    }
    List<Object> end = stack.subList(stack.size() - count, stack.size());
    List<Object> values = new ArrayList<>(end);
    end.clear();
    return values;
  }

  private <T> T pop(Class<T> type) throws MalformedModelException {
    T value = expect(type, top());
    stack.removeLast();
    return value;
  }

  private Object top() throws MalformedModelException {
    if (stack.isEmpty()) {
      throw malformed("takes a value from an empty stack");
    }
    return stack.getLast();
  }

  private <T> T argument(List<?> values, int index, Class<T> type) throws MalformedModelException {
    if (index >= values.size()) {
      throw malformed("lacks a value");
    }
    return expect(type, values.get(index));
  }

  private <T> T expect(Class<T> type, Object value) throws MalformedModelException {
    if (!type.isInstance(value)) {
      throw malformed(
          "has a %s where a %s must be"
              .formatted(value.getClass().getSimpleName(), type.getSimpleName()));
    }
    return type.cast(value);
  }

  private Object remembered(long place) throws MalformedModelException {
    Object value = memo.get(place);
    if (value == null) {
      throw malformed("recalls value %d, which it did not remember".formatted(place));
    }
    return value;
  }

  private long longNumber() throws MalformedModelException {
    int bytes = in.unsignedByte("a number's length");
    if (bytes > Long.BYTES) {
      throw malformed("has a number of %d bytes".formatted(bytes));
    }
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) in.unsignedByte("a number") << 8 * i;
    }
    int unused = Long.SIZE - 8 * bytes;
    return bytes == 0 ? 0 : value << unused >> unused;
  }

  private String text(long length) throws MalformedModelException {
    if (length > MAX_TEXT) {
      throw malformed("has a text of %d bytes; at most %d are read".formatted(length, MAX_TEXT));
    }
    return in.utf8((int) length, "a text");
  }

  private String line() throws MalformedModelException {
    StringBuilder line = new StringBuilder();
    int next = in.unsignedByte("a name");
    while (next != '\n') {
      if (line.length() == MAX_TEXT) {
        throw malformed("has a name without an end");
      }
      line.append((char) next);
      next = in.unsignedByte("a name");
    }
    return line.toString();
  }

  private MalformedModelException malformed(String reason) {
    return file.malformed(in.position(), "data.pkl " + reason);
  }
}
