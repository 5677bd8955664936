package io.flinkmistral.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Builds files like those of {@code torch.save}: a zip with a pickle of protocol 2 and storages.
 */
public final class TorchBytes {
  private final LittleEndian pickle = new LittleEndian();
  private final Map<String, byte[]> storages = new LinkedHashMap<>();

  public TorchBytes() {
    op(0x80).number(2);
    global("collections", "OrderedDict");
    op(')').op('R').op('q').number(0).op('(');
  }

  public TorchBytes tensor(String name, byte[] bfloat16, int... shape) {
    String key = Integer.toString(storages.size());
    storages.put(key, bfloat16);
    text(name).global("torch._utils", "_rebuild_tensor_v2").op('(');
    op('(').text("storage").global("torch", "BFloat16Storage").text(key).text("cpu");
    integer(bfloat16.length / 2).op('t').op('Q').integer(0);
    op('(');
    for (int size : shape) {
      integer(size);
    }
    op('t').op('(');
    int stride = bfloat16.length / 2;
    for (int size : shape) {
      stride /= size;
      integer(stride);
    }
    op('t').op(0x89).global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
    return this;
  }

  public TorchBytes op(int opcode) {
    pickle.number(opcode, 1);
    return this;
  }

  public TorchBytes number(int value) {
    pickle.number(value, 1);
    return this;
  }

  public TorchBytes integer(int value) {
    op('J');
    pickle.site("a number", value, 4);
    return this;
  }

  public TorchBytes text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op('X');
    pickle.site("a length", utf8.length, 4).raw(utf8);
    return this;
  }

  public TorchBytes global(String module, String name) {
    op('c');
    pickle.raw((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  public byte[] build() throws IOException {
    return build(ZipEntry.STORED);
  }

  public byte[] build(int method) throws IOException {
    op('u').op('.');
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setMethod(method);
      put(zip, "model/data.pkl", pickle.toByteArray());
      for (Map.Entry<String, byte[]> storage : storages.entrySet()) {
        put(zip, "model/data/" + storage.getKey(), storage.getValue());
      }
    }
    return out.toByteArray();
  }

  /** Where the numbers of the pickle and of the zip file's directories stand in a built file. */
  List<LittleEndian.Site> sites(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<LittleEndian.Site> sites = new ArrayList<>();
    int pickleAt = 30 + bytes.getShort(26) + bytes.getShort(28);
    for (LittleEndian.Site site : pickle.sites()) {
      sites.add(new LittleEndian.Site(site.what(), pickleAt + site.offset(), site.width()));
    }
    for (int at = 0; at + 4 <= file.length; at++) {
      switch (bytes.getInt(at)) {
        case 0x04034b50 -> add(sites, "local header", at, 26, 2, 28, 2);
        case 0x02014b50 ->
            add(sites, "directory", at, 8, 2, 10, 2, 20, 4, 24, 4, 28, 2, 30, 2, 32, 2, 42, 4);
        case 0x06054b50 -> add(sites, "end", at, 10, 2, 12, 4, 16, 4);
        default -> {}
      }
    }
    return sites;
  }

  /** Adds fields, each an offset and a width. */
  private static void add(List<LittleEndian.Site> sites, String what, int at, int... fields) {
    for (int i = 0; i < fields.length; i += 2) {
      sites.add(
          new LittleEndian.Site(
              "field %d of the %s at %d".formatted(fields[i], what, at),
              at + fields[i],
              fields[i + 1]));
    }
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    entry.setSize(content.length);
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
