package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.enrichment.EnrichmentJobOptions;
import io.flinkmistral.jobs.evaluation.EvaluationJob;
import io.flinkmistral.jobs.evaluation.EvaluationJobOptions;
import io.flinkmistral.jobs.evaluation.comparison.CompareResults;
import io.flinkmistral.jobs.local.BundledModel;
import io.flinkmistral.jobs.local.Interruption;
import io.flinkmistral.jobs.local.JobFailure;
import io.flinkmistral.jobs.local.LocalFolder;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.tools.Command;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * {@code mvn -q -Pdemo-evaluation}: the small model is asked questions that it was trained for, in
 * a Flink of its own, and the report is shown. With a model, data and benchmarks that are named,
 * the same checks what the model was announced with.
 */
public final class EvaluationDemo {
  private static final Command COMMAND =
      Command.of(
          "demo-evaluation",
          """
          questions whose answers are known are asked, and the report is shown, in one process.
          With benchmarks and their data, next to what Mistral 7B was announced with.
          """,
          Command.Setting.text("model", "model file or folder (the small one)"),
          Command.Setting.text(
              "questions", "file of questions, in JSON (those of the small model)"),
          Command.Setting.text("benchmarks", "in their place, such as \"mmlu;hellaswag\""),
          Command.Setting.text("data", "folder of the benchmarks' published files"),
          Command.Setting.text("against", "another model, which is asked, too, and compared"),
          Command.Setting.text("output", "folder that does not exist yet (a temporary one)"),
          Command.Setting.text("options", "more of the job's: \"--batch.conversations 8\""));

  private static final String QUESTIONS = "/evaluation/questions.jsonl";

  /** What makes a value empty. */
  private static final String NOTHING = "";

  private final PrintStream out;
  private final UnaryOperator<String> settings;

  EvaluationDemo(PrintStream out, UnaryOperator<String> settings) {
    this.out = out;
    this.settings = settings;
  }

  /** Takes what to do from the properties {@code demo-evaluation.model} and so on. */
  public static void main(String[] arguments) {
    if (COMMAND.helps(arguments, System.out)) {
      return;
    }
    Interruption interruption = Interruption.ofProgram();
    int exitCode = 0;
    UnaryOperator<String> settings =
        name -> System.getProperty("demo-evaluation." + name, NOTHING).strip();
    try (LocalFolder folder = LocalFolder.create("flink-mistral-evaluation-", interruption)) {
      COMMAND.check(settings);
      new EvaluationDemo(System.out, settings).run(folder.subfolder("demo"));
    } catch (Exception e) {
      System.err.println("demo-evaluation: " + JobFailure.line(e));
      exitCode = 1;
    }
    interruption.close();
    System.exit(exitCode);
  }

  /**
   * Asks.
   *
   * @param folder for all that nobody asked to keep
   */
  void run(Path folder) throws Exception {
    String model = settings.apply("model");
    Path first = model.isEmpty() ? BundledModel.unpack(folder) : Path.of(model);
    Path output = output(folder);
    List<String> questions = questions(folder);
    ask(first, output.resolve("results"), questions);
    String against = settings.apply("against");
    if (!against.isEmpty()) {
      out.println();
      ask(Path.of(against), output.resolve("against"), questions);
      out.println();
      out.print(
          CompareResults.text(
              output.resolve("results").toString(), output.resolve("against").toString()));
    }
    out.printf(
        settings.apply("output").isEmpty()
            ? "%n-Doutput=FOLDER keeps results, report and picture%n"
            : "%nresults, report and picture are in %s%n",
        output.toAbsolutePath());
  }

  private Path output(Path folder) throws IOException {
    String given = settings.apply("output");
    if (given.isEmpty()) {
      return folder;
    }
    Path output = Path.of(given);
    if (Files.exists(output)) {
      throw new FileAlreadyExistsException(
          output + ": it is there already, and results of two runs do not go into one folder");
    }
    return Files.createDirectories(output);
  }

  private List<String> questions(Path folder) throws IOException {
    String benchmarks = settings.apply("benchmarks");
    if (!benchmarks.isEmpty()) {
      return List.of(
          "--" + EvaluationJobOptions.BENCHMARKS.key(),
          benchmarks,
          "--" + EvaluationJobOptions.DATA.key(),
          settings.apply("data"));
    }
    String file = settings.apply("questions");
    return List.of(
        "--" + EnrichmentJobOptions.INPUT.key(),
        file.isEmpty() ? unpack(folder).toString() : Path.of(file).toAbsolutePath().toString());
  }

  private static Path unpack(Path folder) throws IOException {
    Path file = folder.resolve("questions.jsonl");
    try (InputStream in = EvaluationDemo.class.getResourceAsStream(QUESTIONS)) {
      if (in == null) {
        throw new FileNotFoundException("the resource %s is missing".formatted(QUESTIONS));
      }
      Files.copy(in, file);
    }
    return file;
  }

  private void ask(Path model, Path output, List<String> questions) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--" + MistralOptions.MODEL_PATH.key(),
                model.toAbsolutePath().toString(),
                "--" + EnrichmentJobOptions.OUTPUT.key(),
                output.toAbsolutePath().toString()));
    arguments.addAll(questions);
    arguments.addAll(OptionWords.of(settings.apply("options")).all());
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, new Configuration());
    out.print(EvaluationJob.run(env, arguments.toArray(String[]::new)));
  }
}
