package io.flinkmistral.build;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Google's Java format, checked by {@link SourceFormatTest} and written by {@code mvn -q -Pformat}.
 *
 * <p>It runs as a program of ours because the formatter needs the parser of the JDK whose language
 * the sources are in, and Maven itself may run on an older one.
 */
public final class SourceFormat {
  private SourceFormat() {}

  /** Formats all Java files below the folders given. */
  public static void main(String[] folders) throws IOException, FormatterException {
    for (String folder : folders) {
      for (Path file : unformatted(Path.of(folder))) {
        Files.writeString(file, formatted(Files.readString(file)));
        System.err.println("formatted " + file);
      }
    }
  }

  /** The Java files below {@code folder} that are not as the formatter would write them. */
  public static List<Path> unformatted(Path folder) throws IOException, FormatterException {
    List<Path> result = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        String source = Files.readString(file);
        if (!formatted(source).equals(source)) {
          result.add(file);
        }
      }
    }
    return result;
  }

  private static String formatted(String source) throws FormatterException {
    return new Formatter()
        .formatSourceAndFixImports(RemoveUnusedImports.removeUnusedImports(source));
  }
}
