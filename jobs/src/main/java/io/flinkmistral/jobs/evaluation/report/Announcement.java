package io.flinkmistral.jobs.evaluation.report;

import io.flinkmistral.jobs.evaluation.benchmark.Benchmark;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The figures that Mistral 7B was announced with (Jiang et al., arXiv 2310.06825, table 2). */
enum Announcement {
  MISTRAL_7B("Mistral 7B", 60.1, 81.3, 75.3, 83.0, 80.0, 55.5, 28.8, 69.9, 30.5, 47.5, 13.1, 52.2),
  LLAMA_2_13B("Llama 2 13B", 55.6, 80.7, 72.9, 80.8, 75.2, 48.8, 29.0, 69.6, 18.9, 35.4, 6.0, 34.3),
  LLAMA_2_7B("Llama 2 7B", 44.4, 77.1, 69.5, 77.9, 68.7, 43.2, 24.7, 63.8, 11.6, 26.1, 3.9, 16.0),
  CODE_LLAMA_7B(
      "Code Llama 7B", 36.9, 62.9, 62.3, 72.8, 59.4, 34.5, 11.0, 34.9, 31.1, 52.5, 5.2, 20.8);

  /** Columns of the table, in its order. */
  static final List<String> BENCHMARKS =
      List.of(
          "MMLU",
          "HellaSwag",
          "WinoGrande",
          "PIQA",
          "ARC-e",
          "ARC-c",
          "NQ",
          "TriviaQA",
          "HumanEval",
          "MBPP",
          "MATH",
          "GSM8K");

  /** Those that can be asked here. */
  private static final Map<String, Benchmark> ASKED =
      Map.of(
          "MMLU", Benchmark.MMLU,
          "HellaSwag", Benchmark.HELLASWAG,
          "WinoGrande", Benchmark.WINOGRANDE,
          "PIQA", Benchmark.PIQA,
          "ARC-e", Benchmark.ARC_EASY,
          "ARC-c", Benchmark.ARC_CHALLENGE,
          "TriviaQA", Benchmark.TRIVIAQA,
          "GSM8K", Benchmark.GSM8K);

  private final String model;
  private final double[] figures;

  Announcement(String model, double... figures) {
    this.model = model;
    this.figures = figures;
  }

  String model() {
    return model;
  }

  /** The benchmark of a column, where it can be asked here. */
  static Optional<Benchmark> benchmark(String column) {
    return Optional.ofNullable(ASKED.get(column));
  }

  /** Of a hundred. */
  double figure(String column) {
    return figures[BENCHMARKS.indexOf(column)];
  }

  /** Of a hundred; none where the table has no such column. */
  OptionalDouble figure(Benchmark benchmark) {
    return BENCHMARKS.stream()
        .filter(column -> ASKED.get(column) == benchmark)
        .mapToDouble(this::figure)
        .findFirst();
  }
}
