package io.flinkmistral.jobs.evaluation.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.evaluation.EvaluationJob;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job's conversations are answered again out of its savepoint. */
@Timeout(300)
class SavepointReplayTest {
  private static final List<String> TEXTS =
      List.of("My name is Sofia.", "Spell the word bell.", "Who am I?");
  private static final int REQUESTS = 7;

  @TempDir private static Path folder;
  private static LocalFlink flink;
  private static CountDownLatch answered;

  @BeforeAll
  static void start() throws Exception {
    flink = LocalFlink.start(folder.resolve("flink"), 2);
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
  }

  @ParameterizedTest
  @CsvSource({"hashmap, CANONICAL", "hashmap, NATIVE", "rocksdb, CANONICAL", "rocksdb, NATIVE"})
  void turnsAreAnsweredAlikeByTheSameModelAndOthersAreShown(
      String backend, SavepointFormatType format) throws Exception {
    String name = backend + format;
    String savepoint = savepoint(backend, format, true);
    Map<String, String> before = files(savepoint);
    String output = folder.resolve("out-" + name).toString();
    assertThat(replay(savepoint, output))
        .contains("questions  7\n")
        .containsPattern("turns +agreement +7 +100\\.00")
        .containsPattern("perplexity +\\d")
        .contains("questions  7 in both, 0 in the first alone, 0 in the second alone")
        .doesNotContain("answers have changed");
    assertThat(replay(savepoint, output + "-window", "--model.window=4"))
        .containsPattern("[1-7] answers have changed")
        .containsPattern("turns [abc], turn [123] .* \\+ .* - ");
    assertThat(files(savepoint)).isEqualTo(before);
  }

  @Test
  void whatIsNoSavepointOfAChatJobIsRefused() throws Exception {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatIOException()
        .isThrownBy(() -> replay(empty.toString(), folder.resolve("none").toString()))
        .withMessageContaining("is no savepoint: name the folder");
    String other = savepoint("hashmap", SavepointFormatType.CANONICAL, false);
    assertThatIOException()
        .isThrownBy(() -> replay(other, folder.resolve("other").toString()))
        .withMessageContaining("is of another job: it has no operator with the uid \"mistral\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> replay(other, folder.resolve("both").toString(), "--input=i"))
        .withMessageContaining("exclude each other");
  }

  @Test
  void anotherTokenizerIsRefused() throws Exception {
    String savepoint = savepoint("hashmap", SavepointFormatType.CANONICAL, true);
    // A piece of the vocabulary is another one.
    String model = Files.readString(TinyModel.PATH, StandardCharsets.ISO_8859_1);
    assertThat(model).contains("ofia");
    Path changed =
        Files.writeString(
            folder.resolve("other.gguf"),
            model.replaceFirst("ofia", "ofio"),
            StandardCharsets.ISO_8859_1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                replay(
                    savepoint, folder.resolve("tokenizer").toString(), "--model.path=" + changed))
        .withMessageContaining("are of another tokenizer than that of");
  }

  private static String replay(String savepoint, String output, String... more) throws Exception {
    StreamExecutionEnvironment env = flink.environment();
    env.configure(new Configuration().set(DeploymentOptions.ATTACHED, true));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--replay=" + savepoint,
                "--output=" + output,
                "--engine.threads=2",
                "--checkpoint.interval=500 ms"));
    if (Arrays.stream(more).noneMatch(option -> option.startsWith("--model.path"))) {
      arguments.add("--model.path=" + TinyModel.PATH);
    }
    arguments.addAll(List.of(more));
    return EvaluationJob.run(env, arguments.toArray(String[]::new));
  }

  /** Three conversations with two and three turns, or a job without any. */
  private static String savepoint(String backend, SavepointFormatType format, boolean chat)
      throws Exception {
    Configuration configuration =
        new Configuration()
            .set(RestOptions.BIND_PORT, "0")
            .set(StateBackendOptions.STATE_BACKEND, backend);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(2)
                .build());
    try {
      cluster.start();
      answered = new CountDownLatch(REQUESTS);
      JobGraph job = job(configuration, chat);
      cluster.submitJob(job).get();
      assertThat(answered.await(120, TimeUnit.SECONDS)).isTrue();
      return cluster
          .stopWithSavepoint(
              job.getJobID(), folder.resolve("savepoints").toUri().toString(), false, format)
          .get();
    } finally {
      cluster.close();
    }
  }

  private static JobGraph job(Configuration configuration, boolean chat) {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    env.enableCheckpointing(10_000);
    DataStream<CompletionRequest> requests =
        env.fromSource(
                new DataGeneratorSource<>(
                    number -> number,
                    Long.MAX_VALUE,
                    RateLimiterStrategy.perSecond(50),
                    Types.LONG),
                WatermarkStrategy.noWatermarks(),
                "numbers")
            .uid("numbers")
            .setParallelism(1)
            .flatMap(SavepointReplayTest::request)
            .returns(MistralTypes.REQUEST)
            .setParallelism(1)
            .uid("requests");
    if (chat) {
      MistralStreams.complete(
              requests,
              new Configuration()
                  .set(MistralOptions.MODEL_PATH, TinyModel.PATH.toString())
                  .set(MistralOptions.THREADS, 1))
          .map(SavepointReplayTest::count)
          .returns(Types.INT)
          .uid("count")
          .sinkTo(new DiscardingSink<>());
    } else {
      requests
          .map(SavepointReplayTest::countRequest)
          .returns(Types.INT)
          .uid("count")
          .sinkTo(new DiscardingSink<>());
    }
    return env.getStreamGraph().getJobGraph();
  }

  private static void request(long number, Collector<CompletionRequest> out) {
    if (number < REQUESTS) {
      int at = (int) number;
      out.collect(
          CompletionRequest.ofUser("r" + at, List.of("a", "b", "c").get(at % 3), TEXTS.get(at / 3))
              .but()
              .maxTokens(40)
              .build());
    }
  }

  private static int count(CompletionEvent event) {
    if (event instanceof CompletionEvent.Completed) {
      answered.countDown();
    }
    return 0;
  }

  private static int countRequest(CompletionRequest request) {
    answered.countDown();
    return 0;
  }

  private static Map<String, String> files(String savepoint) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(Path.of(java.net.URI.create(savepoint)))) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(
            file + " " + Files.getLastModifiedTime(file),
            Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return files;
  }
}
