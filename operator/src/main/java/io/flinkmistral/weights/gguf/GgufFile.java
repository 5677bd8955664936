package io.flinkmistral.weights.gguf;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ByteCursor;
import io.flinkmistral.weights.source.MappedFile;
import io.flinkmistral.weights.tensors.TensorEntry;
import io.flinkmistral.weights.tensors.TensorShape;
import io.flinkmistral.weights.tensors.TensorTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A GGUF file, versions 2 and 3 (the format's specification is docs/gguf.md of the ggml project).
 * Numbers are little-endian, strings have their length (64 bits) before them.
 *
 * <pre>
 * 0   "GGUF"
 * 4   u32 version
 * 8   u64 tensors
 * 16  u64 metadata entries
 * 24  metadata: key string, u32 type, value; an array is u32 type, u64 length, elements
 *     directory: name string, u32 dimensions, u64 each (the fastest first), u32 type, u64 offset
 *     padding to general.alignment (32 if it is absent)
 *     tensors, each at its offset from here, a multiple of the alignment
 * </pre>
 */
public record GgufFile(MappedFile file, GgufMetadata metadata, List<TensorEntry> tensors) {
  private static final int MAGIC = 0x46554747;
  private static final String ALIGNMENT = "general.alignment";
  private static final int MIN_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8;
  private static final int MAX_NAME_BYTES = 256;
  private static final int MAX_DIMENSIONS = 4;

  public static boolean hasMagic(MappedFile file) {
    return file.size() >= 4
        && file.bytes(0, 4)[0] == 'G'
        && file.bytes(0, 4)[1] == 'G'
        && file.bytes(0, 4)[2] == 'U'
        && file.bytes(0, 4)[3] == 'F';
  }

  public static GgufFile read(MappedFile file) throws MalformedModelException {
    ByteCursor cursor = new ByteCursor(file, 0);
    readStart(file, cursor);
    long tensorCount = cursor.count("the number of tensors", MIN_TENSOR_BYTES);
    if (tensorCount > TensorTable.MAX_TENSORS) {
      throw file.malformed(
          8,
          "the file declares %d tensors; at most %d are read"
              .formatted(tensorCount, TensorTable.MAX_TENSORS));
    }
    long entries = cursor.count("the number of metadata entries", 1);
    GgufMetadata metadata = GgufMetadata.read(file, cursor, entries);
    List<Declaration> declarations = new ArrayList<>();
    for (long i = 0; i < tensorCount; i++) {
      declarations.add(declaration(file, cursor));
    }
    return new GgufFile(
        file, metadata, place(file, declarations, cursor.position(), alignment(metadata)));
  }

  private static void readStart(MappedFile file, ByteCursor cursor) throws MalformedModelException {
    int magic = cursor.integer("the mark \"GGUF\"");
    if (magic != MAGIC) {
      throw file.malformed(
          0,
          "the file starts with 0x%08x, not with \"GGUF\"".formatted(Integer.reverseBytes(magic)));
    }
    int version = cursor.integer("the version");
    if (Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3) {
      throw file.malformed(4, "the file is big-endian, which is not supported");
    }
    if (version != 2 && version != 3) {
      throw file.malformed(
          4,
          "GGUF version %s is not supported; 2 and 3 are"
              .formatted(Integer.toUnsignedString(version)));
    }
  }

  private record Declaration(TensorShape shape, DataType type, long offset, long declaredAt) {}

  private static Declaration declaration(MappedFile file, ByteCursor cursor)
      throws MalformedModelException {
    long declaredAt = cursor.position();
    String name = cursor.string("a tensor's name", MAX_NAME_BYTES);
    long at = cursor.position();
    long count = cursor.unsignedInt("the number of dimensions of " + name);
    if (count < 1 || count > MAX_DIMENSIONS) {
      throw file.malformed(at, "tensor %s has %d dimensions; 1 to 4 are".formatted(name, count));
    }
    long[] dimensions = new long[(int) count];
    for (int i = dimensions.length - 1; i >= 0; i--) {
      dimensions[i] = cursor.longInteger("a dimension of " + name);
    }
    TensorShape shape = TensorShape.checked(name, dimensions, file, at);
    at = cursor.position();
    int code = cursor.integer("the type of " + name);
    Optional<DataType> type = DataType.ofGgufCode(code);
    if (type.isEmpty()) {
      throw file.malformed(
          at, "tensor %s has the type %s, which is not supported".formatted(name, typeName(code)));
    }
    return new Declaration(
        shape, type.get(), cursor.longInteger("the offset of " + name), declaredAt);
  }

  private static String typeName(int code) {
    String name =
        switch (code) {
          case 9 -> "Q8_1";
          case 15 -> "Q8_K";
          case 16 -> "IQ2_XXS";
          case 17 -> "IQ2_XS";
          case 18 -> "IQ3_XXS";
          case 19 -> "IQ1_S";
          case 21 -> "IQ3_S";
          case 22 -> "IQ2_S";
          case 24 -> "I8";
          case 25 -> "I16";
          case 26 -> "I32";
          case 27 -> "I64";
          case 28 -> "F64";
          case 29 -> "IQ1_M";
          case 34 -> "TQ1_0";
          case 35 -> "TQ2_0";
          case 39 -> "MXFP4";
          default -> "unknown";
        };
    return "%s (%s)".formatted(Integer.toUnsignedString(code), name);
  }

  private static int alignment(GgufMetadata metadata) throws MalformedModelException {
    int alignment = metadata.positiveOr(ALIGNMENT, 32);
    if (Integer.bitCount(alignment) != 1) {
      throw metadata.wrong(ALIGNMENT, "is %d, no power of 2".formatted(alignment));
    }
    return alignment;
  }

  private static List<TensorEntry> place(
      MappedFile file, List<Declaration> declarations, long directoryEnd, int alignment)
      throws MalformedModelException {
    long base = Math.addExact(directoryEnd, (long) alignment - 1) / alignment * alignment;
    List<TensorEntry> tensors = new ArrayList<>(declarations.size());
    for (Declaration d : declarations) {
      if (d.offset() < 0 || d.offset() > file.size() || d.offset() % alignment != 0) {
        throw file.malformed(
            d.declaredAt(),
            "tensor %s has the offset %s; it must be a multiple of %d within the file of %d bytes"
                .formatted(
                    d.shape().name(), Long.toUnsignedString(d.offset()), alignment, file.size()));
      }
      tensors.add(
          TensorEntry.checked(d.shape(), d.type(), file, base + d.offset(), d.declaredAt()));
    }
    return tensors;
  }
}
