package io.flinkmistral.jobs.enrichment;

import java.nio.file.Path;

/** Where records come from or go to: {@code kafka:TOPIC}, or a file or folder. */
sealed interface Place {
  String KAFKA = "kafka:";

  /** A topic. */
  record Topic(String name) implements Place {}

  /** A file or folder, of any of Flink's file systems. */
  record Files(String path) implements Place {
    /** Whether it is a path without a scheme, which is one of the machine. */
    private boolean isLocal() {
      return new org.apache.flink.core.fs.Path(path).toUri().getScheme() == null;
    }
  }

  static Place of(String text) {
    return text.startsWith(KAFKA) ? new Topic(text.substring(KAFKA.length())) : new Files(text);
  }

  static boolean isPlace(String text) {
    return switch (of(text)) {
      case Topic(String name) -> name.matches("[a-zA-Z0-9._-]{1,249}") && !name.matches("\\.{1,2}");
      case Files(String path) -> !path.isBlank() && path.length() <= 4096;
    };
  }

  /** As an option has it. */
  default String text() {
    return switch (this) {
      case Topic(String name) -> KAFKA + name;
      case Files(String path) -> path;
    };
  }

  /** The same place for processes that stand in other folders. */
  default Place absolute() {
    return this instanceof Files files && files.isLocal()
        ? new Files(Path.of(files.path()).toAbsolutePath().toString())
        : this;
  }

  /** Whether it is a file or folder of the machine, and this one does not have it. */
  default boolean isMissingHere() {
    return this instanceof Files files
        && files.isLocal()
        && !java.nio.file.Files.exists(Path.of(files.path()));
  }
}
