package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.bench.BenchMain;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.operator.model.ModelLease;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.tools.Command;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.FileUtils;

/**
 * Records a second, beside what users do today: {@code mvn -q -Pbench-enrichment -Dmodel=FILE
 * -Dserver.command=llama-server}. Each task prints a line of JSON on standard output.
 *
 * <p>A record is a user's message of some own tokens behind a beginning that all have ({@code
 * -Dshared=400 -Down=50}). What is asked of it ({@code -Dtasks=classify,extract,complete}) is done
 *
 * <ul>
 *   <li>{@code job}: by {@code MistralStreams.enrich} in a Flink job;
 *   <li>{@code engine}: by the engine without Flink, on the same model in memory;
 *   <li>{@code server}: by a server of llama.cpp, which an asynchronous function of a Flink job
 *       calls, one request for a record: a label and fields by a grammar. It has as many slots as
 *       requests are under way ({@code -Dconcurrency=16}; the job's batch has as many places) and
 *       keeps what prompts have in common ({@code cache_prompt});
 *   <li>{@code server_first_token}: the same for a label by its first token alone, the least that a
 *       server can be asked: it gives no probability of whole labels.
 * </ul>
 *
 * <p>They get the same tokens, in turns, the first of them another one in each round ({@code
 * -Drounds=3}) of {@code -Drecords=48} new records; each has had a round before, which is not told.
 * Ratios are the medians of the rounds'.
 *
 * <p>The server is one that runs ({@code -Dserver=http://127.0.0.1:8080}, with as many slots and
 * the same file), or is started here with the model, a port, slots and context as further arguments
 * ({@code -Dserver.command="llama-server --threads 2"}). Without either the other two are measured.
 */
public final class EnrichmentBench {
  private static final Command COMMAND =
      Command.of(
          "bench-enrichment",
          "records a second of tasks: in a Flink job, by a server of llama.cpp, by the engine"
              + " alone.",
          Command.Setting.text("model", "model file or folder (a small one)"),
          Command.Setting.text("server", "address of a server of llama.cpp that runs"),
          Command.Setting.text(
              "server.command", "the command that starts one, such as llama-server"),
          Command.Setting.text("tasks", "classify, extract, complete (all)"),
          Command.Setting.count("records", 5, "of a round (48)"),
          Command.Setting.count("rounds", 2, "how often each is measured (3)"),
          Command.Setting.count("concurrency", 3, "records under way (16)"),
          Command.Setting.count("shared", 5, "tokens that prompts have in common (400)"),
          Command.Setting.count("own", 4, "tokens of each record (50)"),
          Command.Setting.count("answer", 4, "tokens of an answer, of task complete (32)"),
          Command.Setting.text("options", "of the job: \"--kv.type q8_0 ...\""));

  /**
   * What a user may set.
   *
   * @param shared tokens that prompts have in common
   * @param own tokens of each record
   */
  record Settings(
      Path model, int records, int rounds, int concurrency, int shared, int own, int answer) {}

  private EnrichmentBench() {}

  public static void main(String[] arguments) {
    BenchMain.run(COMMAND, arguments, EnrichmentBench::run);
  }

  /**
   * Measures.
   *
   * @param given what the user set, by name; empty for what is not set
   * @param json takes the lines
   */
  static void run(UnaryOperator<String> given, PrintStream json) throws Exception {
    String model = given.apply("model");
    Settings settings =
        new Settings(
            model.isEmpty() ? TinyModel.PATH : Path.of(model).toAbsolutePath(),
            BenchMain.number(given, "records", 48),
            BenchMain.number(given, "rounds", 3),
            BenchMain.number(given, "concurrency", 16),
            BenchMain.number(given, "shared", 400),
            BenchMain.number(given, "own", 50),
            BenchMain.number(given, "answer", 32));
    List<Work> works = works(given.apply("tasks"), settings.answer);
    Configuration options = options(settings, given.apply("options"));
    Path folder = Files.createTempDirectory("flink-mistral-bench-");
    try (ModelLease lease = ModelLease.take(options);
        LocalFlink flink = LocalFlink.start(folder, 1);
        ServerProcess started = server(given, settings, folder)) {
      Optional<URI> server = started.address();
      for (Work work : works) {
        Records records = new Records(lease.model(), work, settings.shared, settings.own);
        List<Contender> contenders = new ArrayList<>();
        contenders.add(new JobContender(flink, options, work));
        contenders.add(new EngineContender(lease, work));
        server.ifPresent(
            address ->
                work.requests()
                    .forEach(
                        request ->
                            contenders.add(
                                new ServerContender(
                                    flink, address, request, settings.concurrency))));
        json.println(new Comparison(settings, records, contenders).run(work));
      }
    } finally {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
    }
  }

  private static List<Work> works(String names, int answerTokens) {
    List<Work> all = Work.all(answerTokens);
    if (names.isEmpty()) {
      return all;
    }
    List<String> known = all.stream().map(Work::name).toList();
    return Stream.of(names.split(","))
        .map(String::strip)
        .map(
            name -> {
              if (!known.contains(name)) {
                throw new IllegalArgumentException(
                    "there is no task %s here: tasks are %s".formatted(name, known));
              }
              return all.get(known.indexOf(name));
            })
        .toList();
  }

  private static Configuration options(Settings settings, String given) {
    Configuration options =
        new Configuration()
            .set(MistralOptions.MODEL_PATH, settings.model.toString())
            .set(MistralOptions.MAX_CONVERSATIONS, settings.concurrency);
    String[] words = given.isEmpty() ? new String[0] : given.split("\\s+");
    for (int i = 0; i + 1 < words.length; i += 2) {
      options.setString(words[i].replaceFirst("^--", ""), words[i + 1]);
    }
    MistralOptions.CHECKED.check(options);
    return options;
  }

  private static ServerProcess server(UnaryOperator<String> given, Settings settings, Path folder)
      throws IOException, InterruptedException {
    if (!given.apply("server").isEmpty()) {
      return ServerProcess.running(URI.create(given.apply("server")));
    }
    String command = given.apply("server.command");
    return command.isEmpty()
        ? ServerProcess.none()
        : ServerProcess.start(List.of(command.split("\\s+")), settings, folder);
  }
}
