package io.flinkmistral.weights;

import io.flinkmistral.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds GGUF files in memory, also those that no tool would write. */
public final class GgufBytes {
  public record Tensor(String name, int type, long[] dimensions, long offset, byte[] data) {}

  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final List<Tensor> tensors = new ArrayList<>();
  private int version = 3;
  private long dataEnd;
  private int headerBytes;

  GgufBytes version(int newVersion) {
    version = newVersion;
    return this;
  }

  /** A value's GGUF type follows from its Java type; of unsigned 32 bits are {@code Integer[]}. */
  public GgufBytes put(String key, Object value) {
    metadata.put(key, value);
    return this;
  }

  public GgufBytes remove(String key) {
    metadata.remove(key);
    return this;
  }

  /** Adds a tensor behind the others; dimensions are the fastest first. */
  public GgufBytes tensor(String name, DataType type, byte[] data, long... dimensions) {
    tensors.add(new Tensor(name, type.ggufCode(), dimensions, dataEnd, data));
    dataEnd += (data.length + 31) / 32 * 32;
    return this;
  }

  /** Adds a tensor as it is. */
  public GgufBytes tensor(Tensor tensor) {
    tensors.add(tensor);
    return this;
  }

  /** Removes a tensor; those behind it move up. */
  public GgufBytes removeTensor(String name) {
    List<Tensor> all = List.copyOf(tensors);
    tensors.clear();
    dataEnd = 0;
    for (Tensor t : all) {
      if (!t.name().equals(name)) {
        tensors.add(new Tensor(t.name(), t.type(), t.dimensions(), dataEnd, t.data()));
        dataEnd += (t.data().length + 31) / 32 * 32;
      }
    }
    return this;
  }

  public List<Tensor> tensors() {
    return tensors;
  }

  public byte[] build() {
    return write().toByteArray();
  }

  /** Bytes before the first tensor's, after {@link #write}. */
  int headerBytes() {
    return headerBytes;
  }

  public LittleEndian write() {
    LittleEndian out = new LittleEndian();
    out.raw(new byte[] {'G', 'G', 'U', 'F'}).site("version", version, 4);
    out.site("tensors", tensors.size(), 8).site("entries", metadata.size(), 8);
    metadata.forEach((key, value) -> entry(out, key, value));
    for (Tensor tensor : tensors) {
      String name = tensor.name();
      out.string(name, name).site("dimensions of " + name, tensor.dimensions().length, 4);
      for (long dimension : tensor.dimensions()) {
        out.site("a dimension of " + name, dimension, 8);
      }
      out.site("type of " + name, tensor.type(), 4).site("offset of " + name, tensor.offset(), 8);
    }
    out.pad(32);
    headerBytes = out.size();
    for (Tensor tensor : tensors) {
      out.raw(tensor.data()).pad(32);
    }
    return out;
  }

  private static void entry(LittleEndian out, String key, Object value) {
    out.string("key", key);
    switch (value) {
      case Integer number -> out.site("type of " + key, 4, 4).site(key, number, 4);
      case Long number -> out.site("type of " + key, 10, 4).site(key, number, 8);
      case Float number ->
          out.site("type of " + key, 6, 4).site(key, Float.floatToRawIntBits(number), 4);
      case Double number ->
          out.site("type of " + key, 12, 4).number(Double.doubleToRawLongBits(number), 8);
      case Boolean flag -> out.site("type of " + key, 7, 4).number(flag ? 1 : 0, 1);
      case String text -> out.site("type of " + key, 8, 4).string(key, text);
      case String[] texts -> {
        array(out, key, 8, texts.length);
        for (String text : texts) {
          out.string("element of " + key, text);
        }
      }
      case float[] numbers -> {
        array(out, key, 6, numbers.length);
        for (float number : numbers) {
          out.number(Float.floatToRawIntBits(number), 4);
        }
      }
      case int[] numbers -> {
        array(out, key, 5, numbers.length);
        for (int number : numbers) {
          out.site("element of " + key, number, 4);
        }
      }
      case Integer[] numbers -> {
        array(out, key, 4, numbers.length);
        for (int number : numbers) {
          out.number(number, 4);
        }
      }
      case byte[] numbers -> {
        array(out, key, 0, numbers.length);
        for (byte number : numbers) {
          out.number(number, 1);
        }
      }
      case long[] numbers -> {
        array(out, key, 10, numbers.length);
        for (long number : numbers) {
          out.number(number, 8);
        }
      }
      case double[] numbers -> {
        array(out, key, 12, numbers.length);
        for (double number : numbers) {
          out.number(Double.doubleToRawLongBits(number), 8);
        }
      }
      default -> throw new IllegalArgumentException(key + ": " + value);
    }
  }

  private static void array(LittleEndian out, String key, int type, int length) {
    out.site("type of " + key, 9, 4).site("elements' type of " + key, type, 4);
    out.site("elements of " + key, length, 8);
  }
}
