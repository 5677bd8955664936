package io.flinkmistral.table.declaration;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Values of option {@code task}. */
enum TaskKind {
  COMPLETION,
  CLASSIFY,
  EXTRACT,
  SCORE,
  EMBEDDING,
  MODERATE;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> words() {
    return Stream.of(values()).map(TaskKind::word).toList();
  }

  static TaskKind of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
