package io.flinkmistral.jobs.evaluation;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.jobs.enrichment.EnrichmentJobOptions;
import io.flinkmistral.jobs.evaluation.benchmark.Benchmark;
import io.flinkmistral.jobs.evaluation.benchmark.BenchmarkFiles;
import io.flinkmistral.jobs.evaluation.replay.SavepointTurns;
import io.flinkmistral.operator.options.MistralSettings;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/** Benchmarks as questions, in a folder beside the output, which the job reads. */
final class PreparedQuestions {
  private static final String BEHIND = "-questions";

  private PreparedQuestions() {}

  /**
   * The options with these questions as their input, where they name benchmarks. To do it again
   * makes the same files.
   *
   * @throws IllegalArgumentException if an option is missing, or does not go with the others
   * @throws IOException if a published file is missing or cannot be read
   */
  static Configuration prepare(ReadableConfig options) throws IOException {
    Configuration own = Configuration.fromMap(options.toMap());
    Optional<String> input = options.getOptional(EnrichmentJobOptions.INPUT);
    if (options.getOptional(EvaluationJobOptions.REPLAY).isPresent()) {
      return replay(options);
    }
    if (options.get(EvaluationJobOptions.BENCHMARKS).isEmpty()) {
      if (input.isEmpty()) {
        throw new IllegalArgumentException(
            "option input is missing: kafka:TOPIC, or a file or folder of questions; or name"
                + " benchmarks, or a savepoint to replay");
      }
      return own;
    }
    if (input.isPresent()) {
      throw new IllegalArgumentException(
          "options input and benchmarks exclude each other: which questions are to be asked?");
    }
    String folder =
        Folders.beside(options, BEHIND, "output with a folder for questions and results");
    write(options, folder);
    return own.set(EnrichmentJobOptions.INPUT, folder);
  }

  private static Configuration replay(ReadableConfig options) throws IOException {
    if (options.getOptional(EnrichmentJobOptions.INPUT).isPresent()
        || !options.get(EvaluationJobOptions.BENCHMARKS).isEmpty()) {
      throw new IllegalArgumentException(
          "options input, benchmarks and replay exclude each other: which questions are to be"
              + " asked?");
    }
    String folder = Folders.beside(options, BEHIND, "output with a folder for turns and results");
    String savepoint = options.get(EvaluationJobOptions.REPLAY);
    Set<String> tokenizers;
    Path path = new Path(folder, "turns.jsonl");
    try (OutputStream out =
        new BufferedOutputStream(
            path.getFileSystem().create(path, FileSystem.WriteMode.OVERWRITE))) {
      tokenizers =
          SavepointTurns.read(
              savepoint,
              options.get(EvaluationJobOptions.REPLAY_TEMPERATURE),
              line -> {
                out.write(line);
                out.write('\n');
              });
    }
    if (tokenizers.isEmpty()) {
      throw new IOException(savepoint + " has no conversation with an ended turn to replay");
    }
    ModelSettings model = MistralSettings.of(options).model();
    if (Files.exists(java.nio.file.Path.of(model.path()))
        && !tokenizers.contains(LanguageModel.tokenizerFingerprint(model))) {
      throw new IllegalArgumentException(
          "the conversations of %s are of another tokenizer than that of %s: replay them with a model that has the old model's tokenizer"
              .formatted(savepoint, model.path()));
    }
    return Configuration.fromMap(options.toMap()).set(EnrichmentJobOptions.INPUT, folder);
  }

  private static void write(ReadableConfig options, String folder) throws IOException {
    String data =
        options
            .getOptional(EvaluationJobOptions.DATA)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "option benchmarks.data is missing: where are the published files?"));
    BenchmarkFiles files =
        new BenchmarkFiles(
            java.nio.file.Path.of(data),
            new BenchmarkFiles.Asking(
                number(options.getOptional(EvaluationJobOptions.SHOTS)),
                number(options.getOptional(EvaluationJobOptions.SAMPLES)),
                options.get(EvaluationJobOptions.TEMPERATURE),
                options.get(EvaluationJobOptions.LIMIT)));
    for (String word : options.get(EvaluationJobOptions.BENCHMARKS)) {
      Path path = new Path(folder, word + ".jsonl");
      try (OutputStream out =
          new BufferedOutputStream(
              path.getFileSystem().create(path, FileSystem.WriteMode.OVERWRITE))) {
        files.read(
            Benchmark.of(word),
            line -> {
              out.write(line);
              out.write('\n');
            });
      }
    }
  }

  private static OptionalInt number(Optional<Integer> value) {
    return value.isPresent() ? OptionalInt.of(value.get()) : OptionalInt.empty();
  }
}
