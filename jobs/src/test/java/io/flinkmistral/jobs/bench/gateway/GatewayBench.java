package io.flinkmistral.jobs.bench.gateway;

import io.flinkmistral.jobs.bench.BenchMain;
import io.flinkmistral.jobs.cluster.process.BrokerProcess;
import io.flinkmistral.jobs.cluster.process.GatewayProcess;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.tools.Command;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.flink.util.FileUtils;

/**
 * What the gateway adds: {@code mvn -q -Pbench-gateway}. A broker and a gateway are processes of
 * their own; this one is a job without a model that writes tokens at a fixed rate ({@code
 * -Drate=100} a second, evenly, to {@code -Dstreams=10} answers in turn), a plain consumer of the
 * topic, and the clients. It prints a line of JSON on standard output:
 *
 * <ul>
 *   <li>{@code added_ms}: from when the plain consumer had a token's record to when its event was
 *       there, median and 99th of a hundred. The two race, so it may be negative;
 *   <li>{@code consumer_ms}, {@code event_ms}: from when the record was given to the producer to
 *       either;
 *   <li>{@code end_ms}: from the last token's record to {@code [DONE]};
 *   <li>{@code core_percent}: time of a core that the gateway's process takes, while nobody asks,
 *       while it streams, and the difference.
 * </ul>
 *
 * <p>It streams for {@code -Dwarmup=30} seconds that are not told, rests, and streams for {@code
 * -Dseconds=60}. Answers have {@code -Danswer=50} tokens. Each token must come once and in order,
 * or there is no line.
 */
public final class GatewayBench {
  private static final Command COMMAND =
      Command.of(
          "bench-gateway",
          "what the gateway adds to the time of a token, and takes of a core.",
          Command.Setting.count("streams", 3, "at once (10)"),
          Command.Setting.count("rate", 4, "tokens a second, of all of them (100)"),
          Command.Setting.count("answer", 4, "tokens of an answer (50)"),
          Command.Setting.count("warmup", 4, "seconds before (30)"),
          Command.Setting.count("idle", 4, "seconds without a call (20)"),
          Command.Setting.count("seconds", 4, "that are measured (60)"),
          Command.Setting.text("flags", "of the gateway's JVM (-Xmx256m)"),
          Command.Setting.text("options", "of the gateway: \"--gateway.max-unsent 1mb ...\""));

  private GatewayBench() {}

  public static void main(String[] arguments) {
    BenchMain.run(COMMAND, arguments, GatewayBench::run);
  }

  /**
   * Measures.
   *
   * @param given what the user set, by name; empty for what is not set
   * @param json takes the line
   */
  static void run(UnaryOperator<String> given, PrintStream json) throws Exception {
    StreamingLoad.Settings settings =
        new StreamingLoad.Settings(
            BenchMain.number(given, "streams", 10),
            BenchMain.number(given, "rate", 100),
            BenchMain.number(given, "answer", 50),
            BenchMain.number(given, "warmup", 30),
            BenchMain.number(given, "idle", 20),
            BenchMain.number(given, "seconds", 60));
    Path folder = Files.createTempDirectory("flink-mistral-bench-");
    try (BrokerProcess broker =
        BrokerProcess.start(Files.createDirectories(folder.resolve("kafka")))) {
      broker.node().createTopics(JobArguments.parse(Map.of()));
      String servers = broker.node().bootstrapServers();
      List<String> options = new ArrayList<>(List.of("--kafka.bootstrap-servers=" + servers));
      options.addAll(words(given.apply("options"), ""));
      try (GatewayProcess gateway =
          GatewayProcess.start(
              folder.resolve("gateway"),
              "gateway",
              words(given.apply("flags"), "-Xmx256m"),
              options)) {
        json.println(new StreamingLoad(settings, servers, gateway).run());
      } catch (IOException e) {
        throw new IOException(e.getMessage() + log(folder), e);
      }
    } finally {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
    }
  }

  private static String log(Path folder) throws IOException {
    try (var files = Files.walk(folder.resolve("gateway"))) {
      StringBuilder text = new StringBuilder();
      for (Path log : files.filter(file -> file.toString().endsWith(".log")).toList()) {
        text.append("; the gateway says: ").append(Files.readString(log));
      }
      return text.toString();
    }
  }

  private static List<String> words(String given, String otherwise) {
    String text = given.isEmpty() ? otherwise : given;
    return text.isEmpty() ? List.of() : List.of(text.split("\\s+"));
  }
}
