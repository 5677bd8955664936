package io.flinkmistral.weights.tensors;

import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ByteCursor;
import io.flinkmistral.weights.source.MappedFile;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The entries of a zip file (PKWARE's APPNOTE.TXT, with zip64), each with the bytes that it
 * occupies. Only entries that are stored as they are can be mapped; others are refused.
 *
 * <pre>
 * end of the central directory, 22 bytes and a comment:
 *   0 0x06054b50 | 10 u16 entries | 12 u32 size | 16 u32 offset of the central directory
 * its zip64 locator, 20 bytes before: 0 0x07064b50 | 8 u64 offset of
 * the zip64 end: 0 0x06064b50 | 32 u64 entries | 40 u64 size | 48 u64 offset
 * central directory's entry: 0 0x02014b50 | 8 u16 flags | 10 u16 method | 20 u32 compressed |
 *   24 u32 size | 28 u16 name | 30 u16 extra | 32 u16 comment | 42 u32 local header | 46 name, extra
 * local header: 0 0x04034b50 | 26 u16 name | 28 u16 extra | 30 name, extra, contents
 * </pre>
 */
final class ZipDirectory {
  /** A stored file. */
  record Entry(String name, long offset, long size) {}

  private static final int END = 0x06054b50;
  private static final int ZIP64_END = 0x06064b50;
  private static final int ZIP64_LOCATOR = 0x07064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR_BYTES = 20;
  private static final int CENTRAL_BYTES = 46;
  private static final long MAX_32 = 0xFFFFFFFFL;

  private final MappedFile file;
  private final Map<String, Entry> entries = new HashMap<>();

  private ZipDirectory(MappedFile file) {
    this.file = file;
  }

  static ZipDirectory read(MappedFile file) throws MalformedModelException {
    ZipDirectory directory = new ZipDirectory(file);
    directory.readDirectory(directory.findEnd());
    return directory;
  }

  Optional<Entry> find(String name) {
    return Optional.ofNullable(entries.get(name));
  }

  Iterable<Entry> entries() {
    return entries.values();
  }

  private long findEnd() throws MalformedModelException {
    long lowest = Math.max(0, file.size() - END_BYTES - 0xFFFF);
    for (long at = file.size() - END_BYTES; at >= lowest; at--) {
      if (new ByteCursor(file, at).integer("a mark") == END) {
        return at;
      }
    }
    throw file.malformed(0, "the file is no zip file, as those that torch.save writes are");
  }

  private void readDirectory(long end) throws MalformedModelException {
    ByteCursor cursor = at(end + 10);
    long count = cursor.unsignedShort("entries");
    cursor.skip(4, "the directory's size");
    long offset = cursor.unsignedInt("the directory's offset");
    if (count == 0xFFFF || offset == MAX_32) {
      long zip64 = zip64End(end);
      count = at(zip64 + 32).longInteger("entries");
      offset = at(zip64 + 48).longInteger("the directory's offset");
    }
    if (offset < 0 || offset > end || count < 0 || count > (end - offset) / CENTRAL_BYTES) {
      throw file.malformed(
          end,
          "the directory of %d entries at byte %d is beyond the file".formatted(count, offset));
    }
    if (count > TensorTable.MAX_TENSORS) {
      throw file.malformed(
          end,
          "the file has %d entries; at most %d are read".formatted(count, TensorTable.MAX_TENSORS));
    }
    cursor = at(offset);
    for (long i = 0; i < count; i++) {
      readEntry(cursor);
    }
  }

  private long zip64End(long end) throws MalformedModelException {
    long locator = end - LOCATOR_BYTES;
    if (locator < 0 || at(locator).integer("a mark") != ZIP64_LOCATOR) {
      throw file.malformed(end, "the directory's place is not said");
    }
    long zip64 = at(locator + 8).longInteger("the offset of the end");
    if (zip64 < 0 || zip64 > locator || at(zip64).integer("a mark") != ZIP64_END) {
      throw file.malformed(locator, "the directory's end is not at byte " + zip64);
    }
    return zip64;
  }

  private void readEntry(ByteCursor cursor) throws MalformedModelException {
    long at = cursor.position();
    if (cursor.integer("an entry") != CENTRAL) {
      throw file.malformed(at, "there is no entry where one must be");
    }
    cursor.skip(4, "versions");
    int flags = cursor.unsignedShort("flags");
    int method = cursor.unsignedShort("the method");
    cursor.skip(8, "time and checksum");
    long compressed = cursor.unsignedInt("the compressed size");
    long size = cursor.unsignedInt("the size");
    int nameLength = cursor.unsignedShort("the name's length");
    int extraLength = cursor.unsignedShort("the extra field's length");
    int commentLength = cursor.unsignedShort("the comment's length");
    cursor.skip(8, "attributes");
    long local = cursor.unsignedInt("the offset");
    String name = cursor.utf8(nameLength, "an entry's name");
    ByteCursor extra = new ByteCursor(file, cursor.position());
    cursor.skip((long) extraLength + commentLength, "the extra field");
    if (size == MAX_32 || compressed == MAX_32 || local == MAX_32) {
      ByteCursor zip64 = zip64Extra(extra, extraLength, at);
      size = size == MAX_32 ? zip64.longInteger("the size") : size;
      compressed = compressed == MAX_32 ? zip64.longInteger("the compressed size") : compressed;
      local = local == MAX_32 ? zip64.longInteger("the offset") : local;
    }
    if (method != 0 || compressed != size || (flags & 1) != 0) {
      throw file.malformed(at, "entry %s is compressed or encrypted".formatted(name));
    }
    Entry entry = new Entry(name, contents(local, size, name, at), size);
    if (entries.putIfAbsent(name, entry) != null) {
      throw file.malformed(at, "entry %s is there twice".formatted(name));
    }
  }

  /** The zip64 part of the extra fields, which are u16 id, u16 length, contents, one by one. */
  private ByteCursor zip64Extra(ByteCursor extra, int length, long entry)
      throws MalformedModelException {
    long end = extra.position() + length;
    while (end - extra.position() >= 4) {
      int id = extra.unsignedShort("an extra field");
      int size = extra.unsignedShort("an extra field's length");
      if (id == 1) {
        return extra;
      }
      extra.skip(size, "an extra field");
    }
    throw file.malformed(entry, "an entry of zip64 lacks its sizes");
  }

  private long contents(long local, long size, String name, long entry)
      throws MalformedModelException {
    if (local < 0 || local > file.size() - 30 || at(local).integer("a mark") != LOCAL) {
      throw file.malformed(entry, "entry %s is not at byte %d".formatted(name, local));
    }
    ByteCursor cursor = at(local + 26);
    long offset = local + 30 + cursor.unsignedShort("a length") + cursor.unsignedShort("a length");
    if (size < 0 || offset > file.size() || size > file.size() - offset) {
      throw file.malformed(
          entry,
          "entry %s takes %d bytes from byte %d on, but the file ends at byte %d"
              .formatted(name, size, offset, file.size()));
    }
    return offset;
  }

  private ByteCursor at(long offset) {
    return new ByteCursor(file, offset);
  }
}
