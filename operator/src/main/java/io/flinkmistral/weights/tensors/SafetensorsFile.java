package io.flinkmistral.weights.tensors;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ByteCursor;
import io.flinkmistral.weights.source.JsonFields;
import io.flinkmistral.weights.source.MappedFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A safetensors file (the format's specification is the README of the safetensors project).
 *
 * <pre>
 * 0      u64 length of the header, little-endian
 * 8      header, JSON: {"name": {"dtype": "BF16", "shape": [rows, columns],
 *                               "data_offsets": [begin, end]}, ..., "__metadata__": {...}}
 * 8 + n  tensors, row by row, each at its offsets from here
 * </pre>
 */
public final class SafetensorsFile {
  private static final String METADATA = "__metadata__";

  private SafetensorsFile() {}

  public static List<TensorEntry> read(MappedFile file) throws MalformedModelException {
    ByteCursor cursor = new ByteCursor(file, 0);
    long length = cursor.count("the length of the header", 1);
    JsonFields header = JsonFields.read(file, 8, length, TensorTable.MAX_TENSORS);
    List<TensorEntry> tensors = new ArrayList<>();
    for (String name : header.names()) {
      if (!name.equals(METADATA)) {
        tensors.add(tensor(file, header, name, 8 + length));
      }
    }
    return tensors;
  }

  private static TensorEntry tensor(MappedFile file, JsonFields header, String name, long base)
      throws MalformedModelException {
    Optional<JsonNode> entry = header.value(name);
    long at = header.offset(name);
    if (entry.isEmpty() || !entry.get().isObject()) {
      throw header.wrong(name, "must be an object with dtype, shape and data_offsets");
    }
    DataType type = type(header, name, entry.get().get("dtype"));
    long[] dimensions = longs(header, name, "shape", entry.get());
    long[] offsets = longs(header, name, "data_offsets", entry.get());
    if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
      throw header.wrong(name, "must have data_offsets [begin, end]");
    }
    if (offsets[1] > file.size() - base) {
      throw header.wrong(
          name,
          "ends at byte %d of the data, but the file holds %d"
              .formatted(offsets[1], file.size() - base));
    }
    TensorShape shape = TensorShape.checked(name, dimensions, file, at);
    TensorEntry tensor = TensorEntry.checked(shape, type, file, base + offsets[0], at);
    if (tensor.bytes() != offsets[1] - offsets[0]) {
      throw header.wrong(
          name,
          "of %s %s takes %d bytes, but its data_offsets hold %d"
              .formatted(shape.text(), type, tensor.bytes(), offsets[1] - offsets[0]));
    }
    return tensor;
  }

  private static DataType type(JsonFields header, String name, JsonNode dtype)
      throws MalformedModelException {
    if (dtype == null || !dtype.isString()) {
      throw header.wrong(name, "must have a dtype");
    }
    return switch (dtype.stringValue()) {
      case "F32" -> DataType.F32;
      case "F16" -> DataType.F16;
      case "BF16" -> DataType.BF16;
      case String other ->
          throw header.wrong(
              name, "has the dtype %s; F32, F16 and BF16 are supported".formatted(other));
    };
  }

  private static long[] longs(JsonFields header, String name, String key, JsonNode entry)
      throws MalformedModelException {
    JsonNode array = entry.get(key);
    if (array == null || !array.isArray() || array.size() > 8) {
      throw header.wrong(name, "must have a %s of at most 8 numbers".formatted(key));
    }
    long[] result = new long[array.size()];
    for (int i = 0; i < result.length; i++) {
      if (!array.get(i).isIntegralNumber() || !array.get(i).canConvertToLong()) {
        throw header.wrong(name, "has %s in its %s".formatted(array.get(i), key));
      }
      result[i] = array.get(i).longValue();
    }
    return result;
  }
}
