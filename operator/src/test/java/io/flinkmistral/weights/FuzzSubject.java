package io.flinkmistral.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that is opened in many broken forms. Each must open, or be refused by one {@link
 * MalformedModelException} of one line, with the file's name and a place in it.
 */
public final class FuzzSubject {
  /** What of the reader is tried: it reads {@link #file}, alone or within its folder. */
  public interface Opener {
    void open() throws IOException;
  }

  /** What a reader may take beyond the file: buffers of the JSON parser, messages, stack traces. */
  private static final long FIXED_BYTES = 4 << 20;

  /** What a reader may take for each byte of a file: a JSON tree's nodes are the worst. */
  private static final long BYTES_PER_BYTE = 128;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final String name;
  private final Path file;
  private final byte[] valid;
  private final List<LittleEndian.Site> sites;
  private final int header;
  private final int tail;
  private final Opener opener;
  private int refused;
  private int cases;

  /** A file whose first {@code header} bytes describe the rest. */
  public FuzzSubject(
      String name,
      Path file,
      byte[] valid,
      int header,
      List<LittleEndian.Site> sites,
      Opener opener) {
    this(name, file, valid, header, valid.length, sites, opener);
  }

  /** A file in which bytes from {@code tail} on describe, too. */
  public FuzzSubject(
      String name,
      Path file,
      byte[] valid,
      int header,
      int tail,
      List<LittleEndian.Site> sites,
      Opener opener) {
    this.name = name;
    this.file = file;
    this.valid = valid;
    this.header = header;
    this.tail = tail;
    this.sites = sites;
    this.opener = opener;
  }

  public byte[] valid() {
    return valid.clone();
  }

  /** Bytes that describe; the others are weights. */
  int described() {
    return header + valid.length - tail;
  }

  /** Where a byte that describes stands in the file, from 0 to {@link #described}. */
  int place(int index) {
    return index < header ? index : tail + index - header;
  }

  List<LittleEndian.Site> sites() {
    return sites;
  }

  public int cases() {
    return cases;
  }

  /** Puts the unbroken file back, which must open. */
  public void restore() throws IOException {
    write(valid);
    opener.open();
  }

  void mustBeRefused(String what, byte[] content) throws IOException {
    int before = refused;
    tryOpening(what, content);
    assertThat(refused).as("%s: %s must be refused", name, what).isEqualTo(before + 1);
  }

  public void tryOpening(String what, byte[] content) throws IOException {
    cases++;
    write(content);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      opener.open();
    } catch (MalformedModelException e) {
      refused++;
      assertThat(e.file()).as("%s: %s", name, what).isNotNull();
      assertThat(e.offset()).as("%s: %s: %s", name, what, e).isBetween(0L, size(e.file()));
      assertThat(e.getMessage())
          .as("%s: %s", name, what)
          .startsWith(e.file() + ": at byte " + e.offset() + ": ")
          .doesNotContain("\n");
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError("%s: %s was answered with %s".formatted(name, what, e), e);
    }
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
        .as("%s: %s: bytes allocated for %d bytes", name, what, content.length)
        .isLessThan(FIXED_BYTES + BYTES_PER_BYTE * content.length);
  }

  /** A new file each time: to truncate one makes some file systems wait for the disk. */
  private void write(byte[] content) throws IOException {
    Files.deleteIfExists(file);
    Files.write(file, content);
  }

  private static long size(Path file) throws IOException {
    return Files.isDirectory(file) ? 0 : Files.size(file);
  }

  @Override
  public String toString() {
    return "%s: %d of %d refused".formatted(name, refused, cases);
  }
}
