package io.flinkmistral.jobs.bench;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.FileUtils;

/**
 * What state costs: {@code mvn -q -Pbench-state}, the whole job with a broker, RocksDB and
 * incremental checkpoints. Each part prints one line of JSON on standard output:
 *
 * <ul>
 *   <li>{@code pages}: 16 conversations at a time fill pages at a fixed rate; bytes that
 *       checkpoints uploaded against the bytes of the pages. By default with a {@link PageModel}.
 *   <li>{@code checkpoints}: how long checkpoints take while 16 conversations are answered without
 *       a pause, and one takes in prompts of nearly the whole window.
 *   <li>{@code return}: the time to the first token of a conversation that fills the window, after
 *       its cache was evicted, against that of taking it in the first time.
 *   <li>{@code throughput}: 32 conversations with prompts of 128 tokens and answers of 64, a
 *       checkpoint every 10 s, against the engine alone on the same work. Not one of those that run
 *       where {@code parts} is not given; the weights are in memory twice.
 * </ul>
 *
 * <p>{@code -Dmodel=FILE} (for {@code return} and {@code checkpoints} that of interest), {@code
 * -Dminutes=10}, {@code -Drate=2} pages a second, {@code -Dparts=pages,checkpoints,return}, {@code
 * -Dtokens=4096} of the window, {@code -Doptions="--kv.type f32"} of the job, and {@code
 * -Dflink="key: value; key: value"} of Flink.
 */
public final class StateBench {
  /** What a user may set. */
  private record Settings(Path model, int tokens, long nanos, double rate) {}

  /** A load, and how the job is set up for it. */
  private enum Part {
    PAGES("10s", 16) {
      @Override
      String run(BenchJob job, Settings settings) throws Exception {
        return new PagesLoad(job, settings.rate).run(settings.nanos);
      }
    },
    CHECKPOINTS("5s", CheckpointsLoad.CONVERSATIONS) {
      @Override
      String run(BenchJob job, Settings settings) throws Exception {
        return new CheckpointsLoad(job, new PromptText(settings.model), settings.tokens)
            .run(settings.nanos);
      }
    },
    RETURN("5s", 16) {
      @Override
      String run(BenchJob job, Settings settings) throws Exception {
        return new ReturnLoad(job, new PromptText(settings.model), settings.tokens).run();
      }

      @Override
      String kvMemory(Settings settings) throws IOException {
        return ReturnLoad.kvBytes(settings.model, settings.tokens) + "b";
      }
    },
    THROUGHPUT("10s", ThroughputLoad.CONVERSATIONS) {
      @Override
      String run(BenchJob job, Settings settings) throws Exception {
        try (EngineAlone engine = new EngineAlone(settings.model)) {
          return new ThroughputLoad(job, new PromptText(settings.model)).run(engine);
        }
      }
    };

    private final String checkpointInterval;

    /** Decoded together, most. */
    private final int conversations;

    Part(String checkpointInterval, int conversations) {
      this.checkpointInterval = checkpointInterval;
      this.conversations = conversations;
    }

    static Part ofName(String name) {
      for (Part part : values()) {
        if (part.toString().equals(name)) {
          return part;
        }
      }
      throw new IllegalArgumentException(
          "there is no part %s: parts are %s".formatted(name, Arrays.toString(values())));
    }

    /** Members of the line of JSON. */
    abstract String run(BenchJob job, Settings settings) throws Exception;

    String kvMemory(Settings settings) throws IOException {
      return "8 gb";
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private StateBench() {}

  public static void main(String[] args) throws Exception {
    PrintStream json =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(System.err); // Whatever a library prints does not belong between the lines.
    List<Part> parts =
        Arrays.stream(System.getProperty("bench.parts").split(","))
            .map(name -> Part.ofName(name.strip()))
            .toList();
    Path folder = Files.createTempDirectory("flink-mistral-bench-");
    try {
      for (Part part : parts) {
        json.println(run(part, Files.createDirectory(folder.resolve(part.toString()))));
      }
    } finally {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
    }
    System.exit(0);
  }

  private static String run(Part part, Path folder) throws Exception {
    Settings settings =
        new Settings(
            model(folder),
            Integer.getInteger("bench.tokens"),
            (long) (Double.parseDouble(System.getProperty("bench.minutes")) * 60e9),
            Double.parseDouble(System.getProperty("bench.rate")));
    Configuration options =
        options(
            settings.model,
            "--checkpoint.interval=" + part.checkpointInterval,
            "--context.limit=" + settings.tokens,
            "--request.max-bytes=8000000",
            "--batch.conversations=" + part.conversations,
            "--kv.memory=" + part.kvMemory(settings));
    try (BenchJob job = BenchJob.start(folder, options, flinkOptions())) {
      return "{\"part\": \"%s\", \"model\": \"%s\", %s}"
          .formatted(part, settings.model.getFileName(), part.run(job, settings));
    }
  }

  private static Path model(Path folder) throws IOException {
    String given = System.getProperty("bench.model", "");
    if (!given.isEmpty()) {
      return Path.of(given).toAbsolutePath();
    }
    Path standIn = folder.resolve("pages-of-2-MiB-random-weights.gguf");
    PageModel.write(TinyModel.PATH, standIn);
    return standIn;
  }

  private static Configuration options(Path model, String... own) {
    List<String> arguments = new ArrayList<>(List.of(own));
    arguments.add("--model.path=" + model);
    String given = System.getProperty("bench.options", "").strip();
    if (!given.isEmpty()) {
      arguments.addAll(List.of(given.split("\\s+")));
    }
    return JobArguments.parse(Map.of(), arguments.toArray(String[]::new));
  }

  private static Configuration flinkOptions() {
    Configuration flink = new Configuration();
    flink.setString("taskmanager.memory.managed.size", "768m");
    for (String line : System.getProperty("bench.flink", "").split(";")) {
      if (!line.isBlank()) {
        String[] pair = line.split(":", 2);
        flink.setString(pair[0].strip(), pair[1].strip());
      }
    }
    return flink;
  }
}
