package io.flinkmistral.weights.gguf;

import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.folder.ModelFolder;
import io.flinkmistral.weights.tensors.TensorTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A GGUF model in several files, {@code name-00001-of-0000N.gguf}: the first has the metadata, each
 * has a directory of its own tensors, and {@code split.no} (from 0), {@code split.count} and {@code
 * split.tensors.count} say what belongs together.
 */
public final class SplitGguf {
  private static final String NUMBER = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";
  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private SplitGguf() {}

  /** Adds the tensors of the other files, if there are any. */
  public static void addOthers(GgufFile first, ModelFolder folder, TensorTable tensors)
      throws IOException {
    GgufMetadata metadata = first.metadata();
    int count = metadata.positiveOr(COUNT, 1);
    if (count == 1) {
      return;
    }
    Matcher name = NAME.matcher(first.file().path().getFileName().toString());
    if (!name.matches() || Integer.parseInt(name.group(3)) != count) {
      throw metadata.wrong(
          COUNT,
          "is %d, so the file's name must end with -00001-of-%05d.gguf".formatted(count, count));
    }
    requireNumber(first, 0, count);
    for (int i = 1; i < count; i++) {
      String other = "%s-%05d-of-%05d.gguf".formatted(name.group(1), i + 1, count);
      if (!folder.has(other)) {
        throw metadata.wrong(COUNT, "is %d, but %s is not there".formatted(count, other));
      }
      GgufFile file = GgufFile.read(folder.map(other));
      requireNumber(file, i, count);
      tensors.addAll(file.tensors());
    }
    if (metadata.integer(TENSORS).orElse(tensors.size()) != tensors.size()) {
      throw metadata.wrong(
          TENSORS,
          "is %d, but the %d files hold %d"
              .formatted(metadata.integer(TENSORS).getAsLong(), count, tensors.size()));
    }
  }

  /** Whether a file's name is that of one of several. */
  public static boolean isPart(Path file) {
    return NAME.matcher(file.getFileName().toString()).matches();
  }

  /** Whether {@code other} is {@code file} or another part of the same model. */
  public static boolean belongTogether(Path file, Path other) {
    String name = file.getFileName().toString();
    String otherName = other.getFileName().toString();
    Matcher parts = NAME.matcher(name);
    Matcher otherParts = NAME.matcher(otherName);
    return name.equals(otherName)
        || parts.matches()
            && otherParts.matches()
            && parts.group(1).equals(otherParts.group(1))
            && parts.group(3).equals(otherParts.group(3));
  }

  private static void requireNumber(GgufFile file, int number, int count)
      throws MalformedModelException {
    long actual = file.metadata().integer(NUMBER).orElse(-1);
    if (actual != number) {
      throw file.metadata()
          .wrong(
              NUMBER,
              "is %d instead of %d; open the first file, -00001-of-%05d.gguf"
                  .formatted(actual, number, count));
    }
  }
}
