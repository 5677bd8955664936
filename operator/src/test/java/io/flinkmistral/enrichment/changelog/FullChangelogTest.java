package io.flinkmistral.enrichment.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.enrichment.Capacity;
import io.flinkmistral.mailbox.ClusterJob;
import io.flinkmistral.mailbox.TestCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole jobs whose subtasks take in no more than a few rows, with a model that stands still until
 * the test lets it go on.
 */
@Timeout(120)
class FullChangelogTest {
  private static final int KEYS = 200;
  private static final Capacity FULL = new Capacity(3, 1 << 20, true);
  private static final TypeInformation<Row> ROWS = Types.ROW(Types.INT, Types.STRING, Types.INT);

  @TempDir private static Path folder;

  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = TestCluster.start(folder, 4, TestCluster.NO_RESTART);
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @BeforeEach
  void nothingIsAnswered() {
    Model.stand();
  }

  @ParameterizedTest
  @CsvSource({
    "hashmap, false, 1, 1",
    "hashmap, true, 1, 4",
    "rocksdb, false, 4, 1",
    "rocksdb, true, 4, 2"
  })
  void checkpointsCompleteWhileNothingIsAnsweredAndAnotherJobGoesOn(
      String backend, boolean unaligned, int before, int after) throws Exception {
    Configuration options =
        new Configuration(cluster.options())
            .set(StateBackendOptions.STATE_BACKEND, backend)
            .set(CheckpointingOptions.ENABLE_UNALIGNED, unaligned)
            .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(500));
    ClusterJob first = submit(options, before, Optional.empty());
    String checkpoint = first.checkpoint();
    first.cancel();
    assertThat(Model.said()).isEmpty();
    ClusterJob second = submit(options, after, Optional.of(checkpoint));
    second.checkpoint();
    Model.goOn();
    second.awaitEnd();
    List<Row> table = new ArrayList<>();
    for (Row change : Model.said()) {
      switch (change.getKind()) {
        case INSERT, UPDATE_AFTER -> table.add(ofKind(RowKind.INSERT, change));
        case UPDATE_BEFORE, DELETE ->
            assertThat(table.remove(ofKind(RowKind.INSERT, change))).isTrue();
      }
    }
    assertThat(table)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, KEYS)
                .filter(id -> id % 3 != 0)
                .mapToObj(id -> Row.of(id, "b" + id, 2, "b" + id + "!"))
                .toList());
  }

  /** Each row comes and changes, and of three one goes. */
  private static List<Row> changes() {
    List<Row> changes = new ArrayList<>();
    IntStream.range(0, KEYS)
        .forEach(id -> changes.add(Row.ofKind(RowKind.INSERT, id, "a" + id, 1)));
    IntStream.range(0, KEYS)
        .forEach(id -> changes.add(Row.ofKind(RowKind.UPDATE_AFTER, id, "b" + id, 2)));
    IntStream.range(0, KEYS)
        .filter(id -> id % 3 == 0)
        .forEach(id -> changes.add(Row.ofKind(RowKind.DELETE, id, null, null)));
    return changes;
  }

  private static Row ofKind(RowKind kind, Row row) {
    Row copy = Row.copy(row);
    copy.setKind(kind);
    return copy;
  }

  private static ClusterJob submit(
      Configuration options, int parallelism, Optional<String> snapshot) throws Exception {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(options);
    env.setParallelism(parallelism);
    ChangelogStreams.enrich(
            env.fromData(changes(), ROWS)
                .setParallelism(1)
                .uid("changes")
                .keyBy(row -> Row.of(row.getField(0)), Types.ROW(Types.INT)),
            "enrich",
            _ -> new Model(),
            FULL,
            Types.ROW(Types.INT, Types.STRING, Types.INT, Types.STRING),
            Duration.ZERO)
        .map(Model::say)
        .returns(Types.INT)
        .uid("said")
        .sinkTo(new DiscardingSink<>())
        .uid("nowhere");
    return ClusterJob.submit(
        cluster.cluster(),
        env.getStreamGraph().getJobGraph(),
        snapshot,
        folder.resolve("savepoints"),
        false);
  }

  /** Those of all subtasks of this process stand and go on together. */
  private static final class Model implements ChangeEnricher<Row> {
    private static final List<Runnable> PENDING = new ArrayList<>();
    private static final List<Row> SAID = new ArrayList<>();
    private static boolean stands;

    static synchronized void stand() {
      stands = true;
      PENDING.clear();
      SAID.clear();
    }

    static synchronized void goOn() {
      stands = false;
      PENDING.forEach(Runnable::run);
      PENDING.clear();
    }

    static synchronized Integer say(Row row) {
      SAID.add(row);
      return 0;
    }

    static synchronized List<Row> said() {
      return List.copyOf(SAID);
    }

    private static synchronized void ask(Runnable answer) {
      if (stands) {
        PENDING.add(answer);
      } else {
        answer.run();
      }
    }

    @Override
    public String digest(Row row) {
      return String.valueOf(row.getField(1));
    }

    @Override
    public CompletableFuture<Answer<Row>> enrich(Row row) {
      CompletableFuture<Answer<Row>> answer = new CompletableFuture<>();
      Row joined = ByHand.joined(row, row.getField(1) + "!");
      ask(() -> answer.complete(new Answer<>(joined, true)));
      return answer;
    }

    @Override
    public Row repeated(Row earlier, Row row) {
      return ByHand.joined(row, earlier.getField(3));
    }

    @Override
    public Row ofKind(RowKind kind, Row row) {
      return FullChangelogTest.ofKind(kind, row);
    }

    @Override
    public void close() {}
  }
}
