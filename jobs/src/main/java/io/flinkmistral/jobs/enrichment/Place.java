package io.flinkmistral.jobs.enrichment;

/** Where records come from or go to: {@code kafka:TOPIC}, or a file or folder. */
sealed interface Place {
  String KAFKA = "kafka:";

  /** A topic. */
  record Topic(String name) implements Place {}

  /** A file or folder, of any of Flink's file systems. */
  record Files(String path) implements Place {}

  static Place of(String text) {
    return text.startsWith(KAFKA) ? new Topic(text.substring(KAFKA.length())) : new Files(text);
  }

  static boolean isPlace(String text) {
    return switch (of(text)) {
      case Topic(String name) -> name.matches("[a-zA-Z0-9._-]{1,249}") && !name.matches("\\.{1,2}");
      case Files(String path) -> !path.isBlank() && path.length() <= 4096;
    };
  }
}
