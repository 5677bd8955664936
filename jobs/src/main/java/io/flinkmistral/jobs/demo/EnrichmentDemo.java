package io.flinkmistral.jobs.demo;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.jobs.local.BundledModel;
import io.flinkmistral.jobs.local.Interruption;
import io.flinkmistral.jobs.local.JobFailure;
import io.flinkmistral.jobs.local.LocalFolder;
import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.operator.model.ModelCheck;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.work.TaskResult;
import io.flinkmistral.tools.Command;
import java.io.Console;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/**
 * {@code mvn -q -Pdemo-enrichment}: reviews that are made up get a sentiment each, by the small
 * model, in a Flink of its own. In a terminal it is a table that changes; else lines.
 */
public final class EnrichmentDemo {
  private static final Command COMMAND =
      Command.of(
          "demo-enrichment",
          """
          reviews that are made up get a label each, in one process.
          In a terminal it is a table that changes, else a line now and then.
          """,
          Command.Setting.text("model", "model file or folder (the small one)"),
          Command.Setting.count("records", 7, "how many reviews (2000)"));

  private static final List<String> OPENINGS =
      List.of(
          "I love", "I really enjoyed", "I hate", "I was disappointed by", "I want a refund for");

  private static final List<String> PRODUCTS =
      List.of("phone", "camera", "hotel", "movie", "restaurant", "book", "jacket", "sofa");

  private static final int RECORDS = 2000;
  private static final long BETWEEN_TABLES_NANOS = 200_000_000;
  private static final long BETWEEN_LINES_NANOS = 2_000_000_000;

  private final PrintStream out;
  private final boolean terminal;
  private int linesShown;

  EnrichmentDemo(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Takes what to do from the properties {@code demo-enrichment.model} and {@code .records}. */
  public static void main(String[] arguments) {
    if (COMMAND.helps(arguments, System.out)) {
      return;
    }
    Interruption interruption = Interruption.ofProgram();
    int exitCode = 0;
    try (LocalFolder folder = LocalFolder.create("flink-mistral-enrichment-", interruption)) {
      COMMAND.check(EnrichmentDemo::setting);
      String model = setting("model");
      String records = setting("records");
      Console console = System.console();
      new EnrichmentDemo(System.out, console != null && console.isTerminal())
          .run(
              model.isEmpty()
                  ? BundledModel.unpack(folder.subfolder("model"))
                  : Path.of(model).toAbsolutePath(),
              records.isEmpty() ? RECORDS : Integer.parseInt(records));
    } catch (Exception e) {
      System.err.println("demo-enrichment: " + JobFailure.line(e));
      exitCode = 1;
    }
    interruption.close();
    System.exit(exitCode);
  }

  private static String setting(String name) {
    return System.getProperty("demo-enrichment." + name, "");
  }

  @SuppressWarnings("try") // That closing it may be interrupted.
  void run(Path model, int records) throws Exception {
    Configuration options = new Configuration().set(MistralOptions.MODEL_PATH, model.toString());
    ModelCheck.check(options);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, options);
    LabelTable table = new LabelTable(records);
    long begin = 0;
    long shown = 0;
    try (CloseableIterator<Enriched<String>> reviews =
        MistralStreams.enrich(
                env.fromData(reviews(records), Types.STRING),
                PromptTemplate.of("Classify the sentiment: {{text}}"),
                ClassificationTask.of("positive", "negative").withoutShownLabels())
            .executeAndCollect("reviews")) {
      while (reviews.hasNext()) {
        Enriched<String> review = reviews.next();
        long now = System.nanoTime();
        begin = begin == 0 ? now : begin;
        table.add(review.record(), label(review));
        if (now - shown > (terminal ? BETWEEN_TABLES_NANOS : BETWEEN_LINES_NANOS)) {
          shown = now;
          show(table, (now - begin) / 1e9);
        }
      }
    }
    show(table, (System.nanoTime() - begin) / 1e9);
  }

  private static String label(Enriched<String> review) {
    return switch (review) {
      case Enriched.Done<String>(String _, TaskResult.Label label) -> label.label().orElse("");
      case Enriched.Done<String> _, Enriched.Failed<String> _ -> "";
    };
  }

  /** In a terminal over what was shown before. */
  private void show(LabelTable table, double seconds) {
    if (!terminal) {
      out.println(table.summary(seconds));
      return;
    }
    StringBuilder text = new StringBuilder();
    if (linesShown > 0) {
      text.append("\u001b[%dA".formatted(linesShown));
    }
    List<String> lines = table.lines(seconds);
    lines.forEach(line -> text.append("\u001b[2K").append(line).append('\n'));
    linesShown = lines.size();
    out.print(text);
    out.flush();
  }

  private static List<String> reviews(int number) {
    Random random = new Random(7);
    return IntStream.range(0, number)
        .mapToObj(
            _ ->
                "%s this %s."
                    .formatted(
                        OPENINGS.get(random.nextInt(OPENINGS.size())),
                        PRODUCTS.get(random.nextInt(PRODUCTS.size()))))
        .toList();
  }
}
