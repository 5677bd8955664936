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
import java.util.List;
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
  private StateBench() {}

  public static void main(String[] args) throws Exception {
    PrintStream json =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(System.err); // Whatever a library prints does not belong between the lines.
    Path folder = Files.createTempDirectory("flink-mistral-bench-");
    try {
      for (String part : System.getProperty("bench.parts").split(",")) {
        json.println(run(part.strip(), Files.createDirectory(folder.resolve(part.strip()))));
      }
    } finally {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
    }
    System.exit(0);
  }

  private static String run(String part, Path folder) throws Exception {
    Path model = model(part, folder);
    int tokens = Integer.getInteger("bench.tokens");
    long nanos = (long) (Double.parseDouble(System.getProperty("bench.minutes")) * 60e9);
    boolean isReturn = part.equals("return");
    Configuration options =
        options(
            model,
            "--checkpoint.interval="
                + (part.equals("pages") || part.equals("throughput") ? "10s" : "5s"),
            "--context.limit=" + tokens,
            "--request.max-bytes=8000000",
            "--batch.conversations=" + conversations(part),
            "--kv.memory=" + (isReturn ? ReturnLoad.kvBytes(model, tokens) + "b" : "8 gb"));
    try (BenchJob job = BenchJob.start(folder, options, flinkOptions())) {
      String figures =
          switch (part) {
            case "pages" ->
                new PagesLoad(job, Double.parseDouble(System.getProperty("bench.rate"))).run(nanos);
            case "checkpoints" ->
                new CheckpointsLoad(job, new PromptText(model), tokens).run(nanos);
            case "throughput" -> {
              try (EngineAlone engine = new EngineAlone(model)) {
                yield new ThroughputLoad(job, new PromptText(model)).run(engine);
              }
            }
            case "return" -> new ReturnLoad(job, new PromptText(model), tokens).run();
            default -> throw new IllegalArgumentException("there is no part " + part);
          };
      return "{\"part\": \"%s\", \"model\": \"%s\", %s}"
          .formatted(part, model.getFileName(), figures);
    }
  }

  private static int conversations(String part) {
    return switch (part) {
      case "throughput" -> ThroughputLoad.CONVERSATIONS;
      case "checkpoints" -> CheckpointsLoad.CONVERSATIONS;
      default -> 16;
    };
  }

  private static Path model(String part, Path folder) throws IOException {
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
