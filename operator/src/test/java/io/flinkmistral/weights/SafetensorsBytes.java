package io.flinkmistral.weights;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds safetensors files in memory, also those that no tool would write. */
public final class SafetensorsBytes {
  private final Map<String, Map<String, Object>> header = new LinkedHashMap<>();
  private final List<byte[]> data = new ArrayList<>();
  private long end;

  /** Adds a tensor behind the others. */
  public SafetensorsBytes tensor(String name, String type, byte[] bytes, long... shape) {
    header.put(name, entry(type, end, end + bytes.length, shape));
    data.add(bytes);
    end += bytes.length;
    return this;
  }

  /** Replaces what the header says of a tensor. */
  SafetensorsBytes declare(String name, String type, long begin, long stop, long... shape) {
    header.put(name, entry(type, begin, stop, shape));
    return this;
  }

  public SafetensorsBytes remove(String name) {
    header.remove(name);
    return this;
  }

  Map<String, Map<String, Object>> header() {
    return header;
  }

  byte[] build() {
    return build(TinyModel.json(header));
  }

  byte[] build(String headerText) {
    byte[] text = headerText.getBytes(StandardCharsets.UTF_8);
    LittleEndian out = new LittleEndian().number(text.length, 8).raw(text);
    data.forEach(out::raw);
    return out.toByteArray();
  }

  private static Map<String, Object> entry(String type, long begin, long stop, long[] shape) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("dtype", type);
    entry.put("shape", shape);
    entry.put("data_offsets", new long[] {begin, stop});
    return entry;
  }
}
