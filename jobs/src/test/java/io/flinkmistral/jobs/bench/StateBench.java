package io.flinkmistral.jobs.bench;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.IOException;
import java.io.PrintStream;
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
 *   <li>{@code amplification}: the same where pages are 8 times as small, and RocksDB's buffers and
 *       files and Flink's memory too, over a thousand checkpoints, one a second ({@code
 *       -Dcheckpoints=1000}), of conversations that gain pages, leave some behind their window,
 *       rest, come back, end and are forgotten. Not one of those that run where {@code parts} is
 *       not given.
 *   <li>{@code checkpoints}: how long checkpoints take while 16 conversations are answered without
 *       a pause, and one takes in prompts of nearly the whole window.
 *   <li>{@code return}: the time to the first token of a conversation that fills the window, after
 *       its cache was evicted, against that of taking it in the first time.
 *   <li>{@code throughput}: conversations with prompts of 128 tokens and answers of 64 ({@code
 *       -Dconversations=32 -Danswer=64}), as many in each slot ({@code -Dslots=1}), a checkpoint
 *       every 10 s, against the engine alone on the same work, in turns ({@code -Drounds=3}). Not
 *       one of those that run where {@code parts} is not given; the weights are in memory twice.
 * </ul>
 *
 * <p>{@code -Dmodel=FILE} (for {@code return} and {@code checkpoints} that of interest), {@code
 * -Dminutes=10}, {@code -Drate=2} pages a second, {@code -Dparts=pages,checkpoints,return}, {@code
 * -Dtokens=4096} of the window, {@code -Doptions="--kv.type f32"} of the job, and {@code
 * -Dflink="key: value; key: value"} of Flink.
 */
public final class StateBench {
  /** What a user may set. */
  private record Settings(
      Path model,
      int tokens,
      long nanos,
      double rate,
      int checkpoints,
      int slots,
      int conversations,
      int answerTokens,
      int rounds) {}

  /** A load, and how the job is set up for it. */
  private enum Part {
    PAGES("10s", 16) {
      @Override
      String run(BenchJob job, Settings settings) throws Exception {
        return new PagesLoad(job, settings.rate).run(settings.nanos);
      }
    },
    AMPLIFICATION("1s", 32) {
      @Override
      String run(BenchJob job, Settings settings) throws Exception {
        int pageBytes = standInHeads() * PageModel.PAGE_BYTES_A_HEAD;
        return new AmplificationLoad(job, pageBytes, 10 * settings.rate).run(settings.checkpoints);
      }

      @Override
      int standInHeads() {
        return PageModel.HEADS / SCALE;
      }

      @Override
      List<String> jobOptions() {
        return List.of("--model.window=1024", "--conversation.ttl=60s");
      }

      @Override
      Map<String, String> flinkOptions() {
        return Map.of(
            "taskmanager.memory.managed.size",
            MANAGED_BYTES / SCALE + "b",
            "state.backend.rocksdb.writebuffer.size",
            (64 << 20) / SCALE + "b",
            "state.backend.rocksdb.compaction.level.target-file-size-base",
            (64 << 20) / SCALE + "b");
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
    THROUGHPUT("10s", ThroughputLoad.MOST_CONVERSATIONS) {
      @Override
      String run(BenchJob job, Settings settings) throws Exception {
        try (EngineAlone engine = new EngineAlone(settings.model)) {
          return new ThroughputLoad(
                  job,
                  new PromptText(settings.model),
                  settings.slots,
                  settings.conversations,
                  settings.answerTokens)
              .run(engine, settings.rounds);
        }
      }
    };

    private static final int SCALE = 8;
    private static final long MANAGED_BYTES = 768L << 20;

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

    int standInHeads() {
      return PageModel.HEADS;
    }

    /** What it needs beside the options that all have. */
    List<String> jobOptions() {
      return List.of();
    }

    Map<String, String> flinkOptions() {
      return Map.of("taskmanager.memory.managed.size", MANAGED_BYTES + "b");
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private StateBench() {}

  public static void main(String[] args) throws Exception {
    PrintStream json = BenchMain.json();
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
            model(part, folder),
            Integer.getInteger("bench.tokens"),
            (long) (Double.parseDouble(System.getProperty("bench.minutes")) * 60e9),
            Double.parseDouble(System.getProperty("bench.rate")),
            Integer.getInteger("bench.checkpoints"),
            Integer.getInteger("bench.slots"),
            Integer.getInteger("bench.conversations"),
            Integer.getInteger("bench.answer"),
            Integer.getInteger("bench.rounds"));
    Configuration options =
        options(
            settings.model,
            part.jobOptions(),
            "--checkpoint.interval=" + part.checkpointInterval,
            "--context.limit=" + settings.tokens,
            "--request.max-bytes=8000000",
            "--batch.conversations=" + part.conversations,
            "--kv.memory=" + part.kvMemory(settings),
            // All prompts are the same text: what is measured is each conversation's own work.
            "--kv.shared-memory=0");
    try (BenchJob job = BenchJob.start(folder, settings.slots, options, flinkOptions(part))) {
      return "{\"part\": \"%s\", \"model\": \"%s\", %s}"
          .formatted(part, settings.model.getFileName(), part.run(job, settings));
    }
  }

  private static Path model(Part part, Path folder) throws IOException {
    String given = System.getProperty("bench.model", "");
    if (!given.isEmpty()) {
      return Path.of(given).toAbsolutePath();
    }
    int heads = part.standInHeads();
    Path standIn =
        folder.resolve(
            "pages-of-%d-KiB-random-weights.gguf"
                .formatted(heads * PageModel.PAGE_BYTES_A_HEAD >> 10));
    PageModel.write(TinyModel.PATH, heads, standIn);
    return standIn;
  }

  private static Configuration options(Path model, List<String> ofPart, String... own) {
    List<String> arguments = new ArrayList<>(List.of(own));
    arguments.addAll(ofPart);
    arguments.add("--model.path=" + model);
    String given = System.getProperty("bench.options", "").strip();
    if (!given.isEmpty()) {
      arguments.addAll(List.of(given.split("\\s+")));
    }
    return JobArguments.parse(Map.of(), arguments.toArray(String[]::new));
  }

  private static Configuration flinkOptions(Part part) {
    Configuration flink = new Configuration();
    part.flinkOptions().forEach(flink::setString);
    for (String line : System.getProperty("bench.flink", "").split(";")) {
      if (!line.isBlank()) {
        String[] pair = line.split(":", 2);
        flink.setString(pair[0].strip(), pair[1].strip());
      }
    }
    return flink;
  }
}
