package io.flinkmistral.jobs.evaluation.benchmark;

import io.flinkmistral.evaluation.Question;
import io.flinkmistral.jobs.json.QuestionWriter;
import io.flinkmistral.protocol.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The published files of benchmarks, in a folder that has one for each: {@code
 * hellaswag/hellaswag_val.jsonl}, {@code mmlu/test/anatomy_test.csv} and so on.
 *
 * @param asking how questions are asked
 */
public record BenchmarkFiles(Path folder, Asking asking) {
  private static final String BETWEEN_EXAMPLES = "\n\n";
  private static final String SUBJECT_FILE = "_test.csv";

  /**
   * How questions are asked.
   *
   * @param shots examples before each question; absent: as many as the benchmark is known for
   * @param samples answers that are written to each; absent: the same
   * @param temperature of them, where they are more than one
   * @param most questions of each file; 0 for all
   */
  public record Asking(OptionalInt shots, OptionalInt samples, double temperature, int most) {}

  /** Is given questions as lines of JSON. */
  public interface Lines {
    void add(byte[] line) throws IOException;
  }

  /** What is asked about in a group of its own. */
  private record Part(
      String group, String description, List<Path> questions, List<Path> examples) {}

  /**
   * Reads a benchmark's questions. What is no question is a line, too, which becomes a dead letter.
   *
   * @throws IOException if a file is missing or cannot be read
   */
  public void read(Benchmark benchmark, Lines lines) throws IOException {
    for (Part part : parts(benchmark)) {
      String beginning = part.description() + examples(benchmark, part);
      for (Path file : part.questions()) {
        Documents.read(file, new Questions(benchmark, part, beginning, file, lines));
      }
    }
  }

  private List<Part> parts(Benchmark benchmark) throws IOException {
    Path own = folder.resolve(benchmark.word());
    if (benchmark == Benchmark.MMLU) {
      return subjects(own);
    }
    List<Path> questions = existing(own, benchmark.questionFiles());
    if (questions.isEmpty()) {
      throw new NoSuchFileException(
          own.resolve(String.join(" or ", benchmark.questionFiles())).toString());
    }
    return List.of(
        new Part(benchmark.word(), "", questions, existing(own, benchmark.exampleFiles())));
  }

  private static List<Path> existing(Path folder, List<String> names) {
    return names.stream().map(folder::resolve).filter(Files::exists).toList();
  }

  private static List<Part> subjects(Path folder) throws IOException {
    List<Part> parts = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve("test"))) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(SUBJECT_FILE)) {
          String subject = name.substring(0, name.length() - SUBJECT_FILE.length());
          Path examples = folder.resolve("dev").resolve(subject + "_dev.csv");
          parts.add(
              new Part(
                  "%s/%s".formatted(Benchmark.MMLU.word(), subject),
                  PromptFormats.mmluDescription(subject),
                  List.of(file),
                  Files.exists(examples) ? List.of(examples) : List.of()));
        }
      }
    }
    if (parts.isEmpty()) {
      throw new NoSuchFileException(folder.resolve("test").resolve("*" + SUBJECT_FILE).toString());
    }
    return parts;
  }

  private String examples(Benchmark benchmark, Part part) throws IOException {
    int shots = asking.shots().orElse(benchmark.shots());
    if (shots == 0) {
      return "";
    }
    if (part.examples().isEmpty()) {
      throw new NoSuchFileException(
          "%s, whose first %d documents are the examples"
              .formatted(
                  folder
                      .resolve(benchmark.word())
                      .resolve(
                          benchmark == Benchmark.MMLU
                              ? "dev/*_dev.csv"
                              : String.join(" or ", benchmark.exampleFiles())),
                  shots));
    }
    Path file = part.examples().getFirst();
    Examples examples = new Examples(benchmark, file, shots);
    Documents.read(file, examples);
    if (examples.count < shots) {
      throw new IOException(
          "%s has %d documents, but %d are to be examples".formatted(file, examples.count, shots));
    }
    return examples.text.toString();
  }

  /** The first documents of a file, which are all to be readable. */
  private static final class Examples implements Documents.Reader {
    private final Benchmark benchmark;
    private final Path file;
    private final int most;
    private final StringBuilder text = new StringBuilder();
    private int count;

    Examples(Benchmark benchmark, Path file, int most) {
      this.benchmark = benchmark;
      this.file = file;
      this.most = most;
    }

    @Override
    public boolean take(Doc doc, int number) throws IOException {
      try {
        text.append(benchmark.render(doc).example()).append(BETWEEN_EXAMPLES);
      } catch (InvalidRequestException e) {
        broken("", number, e);
      }
      count++;
      return count < most;
    }

    @Override
    public void broken(String record, int number, InvalidRequestException error)
        throws IOException {
      throw new IOException(message(file, number, error) + "; it is to be an example", error);
    }
  }

  private final class Questions implements Documents.Reader {
    private final Benchmark benchmark;
    private final Part part;
    private final String beginning;
    private final Path file;
    private final Lines lines;
    private int count;

    Questions(Benchmark benchmark, Part part, String beginning, Path file, Lines lines) {
      this.benchmark = benchmark;
      this.part = part;
      this.beginning = beginning;
      this.file = file;
      this.lines = lines;
    }

    @Override
    public boolean take(Doc doc, int number) throws IOException {
      int samples = asking.samples().orElse(benchmark.samples());
      try {
        Question question =
            benchmark
                .render(doc)
                .question(
                    "%s:%d".formatted(file.getFileName(), number),
                    part.group(),
                    beginning,
                    samples,
                    samples == 1 ? 0 : asking.temperature());
        lines.add(QuestionWriter.write(question));
      } catch (InvalidRequestException e) {
        broken(doc.json().toString(), number, e);
      }
      count++;
      return asking.most() == 0 || count < asking.most();
    }

    @Override
    public void broken(String record, int number, InvalidRequestException error)
        throws IOException {
      lines.add(QuestionWriter.unreadable(message(file, number, error), record));
    }
  }

  private static String message(Path file, int number, InvalidRequestException error) {
    return "%s, document %d: %s".formatted(file.getFileName(), number, error.getMessage());
  }
}
