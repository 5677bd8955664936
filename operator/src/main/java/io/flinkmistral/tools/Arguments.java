package io.flinkmistral.tools;

import java.nio.file.Path;

/** The arguments of a tool. Maven leaves {@code ${name}} where a property is not given. */
final class Arguments {
  private Arguments() {}

  static String required(String[] args, int index, String property, String example) {
    if (index >= args.length || args[index].isBlank() || args[index].contains("${")) {
      throw new IllegalArgumentException("give -D%s=%s".formatted(property, example));
    }
    return args[index];
  }

  static Path path(String[] args, int index, String property, String example) {
    return Path.of(required(args, index, property, example));
  }
}
