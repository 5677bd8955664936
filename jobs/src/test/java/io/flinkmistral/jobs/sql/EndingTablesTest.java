package io.flinkmistral.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.RestartedFlink;
import io.flinkmistral.jobs.kafka.source.EndingTopicSource;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.SourceTransformation;
import org.apache.flink.streaming.connectors.kafka.table.KafkaDynamicSource;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tables of topics that end. */
@Timeout(120)
class EndingTablesTest {
  /** Of the topic when its job is killed, and when the table ends. */
  private static final int BEFORE = 20;

  private static final int ALL = 30;

  @TempDir private Path folder;

  /** What a newer connector can do more would be lost. */
  @Test
  void theTableCanDoWhatTheConnectorsCan() {
    assertThat(EndingTable.class.getInterfaces())
        .contains(KafkaDynamicSource.class.getInterfaces());
  }

  @Test
  void tablesOfTopicsThatEndHaveAnotherSource() {
    assertThat(
            source(
                "'connector' = 'kafka', 'format' = 'raw', 'scan.bounded.mode' = 'latest-offset'"))
        .isInstanceOf(EndingTopicSource.class);
    assertThat(source("'connector' = 'kafka', 'format' = 'raw'")).isInstanceOf(KafkaSource.class);
  }

  private static Source<?, ?, ?> source(String options) {
    StreamTableEnvironment tables =
        (StreamTableEnvironment)
            new TableSession(
                    StreamExecutionEnvironment.createLocalEnvironment(1), new Configuration())
                .tables();
    tables.executeSql(
        "CREATE TABLE t (x STRING) WITH (%s%s)"
            .formatted(
                options,
                options.contains("kafka")
                    ? ", 'topic' = 't', 'properties.bootstrap.servers' = '127.0.0.1:1',"
                        + " 'scan.startup.mode' = 'earliest-offset'"
                    : ""));
    return tables
        .toDataStream(tables.from("t"))
        .getTransformation()
        .getTransitivePredecessors()
        .stream()
        .filter(SourceTransformation.class::isInstance)
        .<Source<?, ?, ?>>map(step -> ((SourceTransformation<?, ?, ?>) step).getSource())
        .findFirst()
        .orElseThrow();
  }

  /** The table ends behind what the topic has at first: so the first job is in the middle. */
  @Test
  void aTableEndsWhereItsJobGoesOnFromACheckpoint() throws Exception {
    try (LocalBroker broker = LocalBroker.start(Files.createDirectory(folder.resolve("broker")))) {
      broker.createTopics(List.of("numbers"), 1, Map.of());
      send(broker, 0, BEFORE);
      Path first = Files.createDirectory(folder.resolve("first"));
      Path out = folder.resolve("out");
      try (LocalFlink flink = start(first)) {
        session(flink, new Configuration()).runAll(script(broker, out));
        CommonTestUtils.waitUtil(
            () -> written(out).size() == BEFORE,
            Duration.ofSeconds(60),
            Duration.ofMillis(20),
            "rows that are committed");
      }
      send(broker, BEFORE, ALL);
      try (LocalFlink flink = start(Files.createDirectory(folder.resolve("second")))) {
        SqlSession session =
            session(
                flink,
                new Configuration()
                    .set(
                        StateRecoveryOptions.SAVEPOINT_PATH, RestartedFlink.lastCheckpoint(first)));
        session.runAll(script(broker, out));
        session.finish();
      }
      assertThat(written(out))
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, ALL).mapToObj("{\"x\":\"%d\"}"::formatted).toList());
    }
  }

  private static LocalFlink start(Path folder) throws Exception {
    return RestartedFlink.start(
        folder, 1, new Configuration().set(CoreOptions.DEFAULT_PARALLELISM, 1));
  }

  private static SqlSession session(LocalFlink flink, Configuration options) {
    return new SqlSession(flink.environment(), options, new JsonOutput(System.out, System.err));
  }

  private static String script(LocalBroker broker, Path out) {
    return """
    SET 'execution.checkpointing.interval' = '200 ms';
    CREATE TABLE numbers (x STRING) WITH (
      'connector' = 'kafka', 'topic' = 'numbers', 'format' = 'raw',
      'properties.bootstrap.servers' = '%s', 'scan.startup.mode' = 'earliest-offset',
      'scan.bounded.mode' = 'specific-offsets',
      'scan.bounded.specific-offsets' = 'partition:0,offset:%d');
    CREATE TABLE written (x STRING) WITH (
      'connector' = 'filesystem', 'format' = 'json', 'path' = '%s',
      'sink.rolling-policy.rollover-interval' = '200 ms',
      'sink.rolling-policy.check-interval' = '200 ms');
    INSERT INTO written SELECT x FROM numbers;
    """
        .formatted(broker.bootstrapServers(), ALL, out.toUri());
  }

  private static void send(LocalBroker broker, int from, int to) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = from; i < to; i++) {
        producer.send(new ProducerRecord<>("numbers", Integer.toString(i)));
      }
      producer.flush();
    }
  }

  /** Of files that are complete. */
  private static List<String> written(Path out) {
    if (!Files.exists(out)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(out)) {
      List<String> lines = new ArrayList<>();
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
        lines.addAll(Files.readAllLines(file));
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
