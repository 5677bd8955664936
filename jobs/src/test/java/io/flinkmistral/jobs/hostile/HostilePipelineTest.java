package io.flinkmistral.jobs.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.bench.FlinksOwnOptions;
import io.flinkmistral.jobs.hostile.HostileRecords.HostileRecord;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.JobArguments;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The whole job on a real broker, with hostile records between good ones. More of them, with a
 * report of heap and state:
 *
 * <pre>mvn -pl jobs -am -Dtest=HostilePipelineTest -Dsurefire.failIfNoSpecifiedTests=false
 *   -Dhostile.records=100000 -Dhostile.seed=7 test</pre>
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
class HostilePipelineTest {
  private static final int RECORDS = Integer.getInteger("hostile.records", 400);
  private static final long SEED = Long.getLong("hostile.seed", 7);
  private static final boolean LONG_RUN = RECORDS >= 10_000;

  /**
   * What files hold now and then until they are merged; state of all records would be 100 times as
   * much.
   */
  private static final long FILES_BYTES = 8 << 20;

  private static final int MOST_BYTES = 1_500_000;
  private static final int PARTITIONS = 3;
  private static final int CONVERSATIONS = 8;
  private static final int TURNS = 5;
  private static final int GOOD = CONVERSATIONS * TURNS;

  /** Of requests that nothing has come of yet. */
  private static final int UNDER_WAY = 1000;

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final List<String> QUESTIONS =
      List.of(
          "My name is Sofia.",
          "Who am I?",
          "What is seven plus two?",
          "My secret number is 42.",
          "What is my secret number?");

  @TempDir private static Path brokerFolder;
  @TempDir private static Path flinkFolder;
  private static LocalBroker broker;
  private static LocalFlink flink;

  /** What the broker took; what is too long for the topic of prompts is its sender's concern. */
  private static final class Sent implements Callback {
    private final AtomicInteger records = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();

    /** Of a record that nothing comes of. */
    void unanswered(RecordMetadata metadata, Exception exception) {
      unanswered.incrementAndGet();
    }

    @Override
    public void onCompletion(RecordMetadata metadata, Exception exception) {
      if (exception == null) {
        records.incrementAndGet();
      } else if (exception instanceof RecordTooLargeException) {
        refused.incrementAndGet();
      }
    }

    int records() {
      return records.get();
    }

    int refused() {
      return refused.get();
    }

    int unanswered() {
      return unanswered.get();
    }
  }

  private final List<String> report = new ArrayList<>();
  private final List<Long> heap = new ArrayList<>();
  private final List<Long> state = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    broker = LocalBroker.start(brokerFolder);
    flink =
        LocalFlink.start(
            flinkFolder,
            2,
            new Configuration().set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
    broker.close();
  }

  @Test
  void hostileRecordsChangeNoAnswerAndStopNothing() throws Exception {
    Map<String, String> alone = answersOfGoodOnes("quiet", 0);
    Map<String, String> between = answersOfGoodOnes("hostile", RECORDS);
    assertThat(alone).hasSize(GOOD);
    assertThat(between).isEqualTo(alone);
    if (LONG_RUN) {
      report.forEach(System.out::println);
      isFlat(heap, 0);
      isFlat(state, FILES_BYTES);
    }
  }

  private Map<String, String> answersOfGoodOnes(String name, int hostileRecords) throws Exception {
    createTopics(name);
    CompletableFuture<JobResult> job = submit(name);
    HostileRecords hostile = new HostileRecords(SEED, MOST_BYTES);
    try (KafkaProducer<byte[], byte[]> plain = producer("none");
        KafkaProducer<byte[], byte[]> compressing = producer("zstd");
        Outcomes outcomes =
            new Outcomes(
                broker.bootstrapServers(),
                name + "-completions",
                name + "-dead-letters",
                "good-")) {
      Sent sent = new Sent();
      int good = 0;
      for (int i = 0; i <= hostileRecords; i++) {
        while (good < GOOD && (long) good * hostileRecords <= (long) i * GOOD) {
          plain.send(goodOne(name, good), sent);
          good++;
        }
        if (i < hostileRecords) {
          HostileRecord record = hostile.next();
          Callback callback = record.kind().isAnswered() ? sent : sent::unanswered;
          (record.compressed() ? compressing : plain).send(toSend(name, record), callback);
        }
        boolean toMeasure = LONG_RUN && hostileRecords > 0 && i % (hostileRecords / 20) == 0;
        boolean toTheEnd = toMeasure || i == hostileRecords;
        if (toTheEnd || sent.records() - outcomes.size() > UNDER_WAY) {
          plain.flush();
          compressing.flush();
          await(outcomes, sent.records() - (toTheEnd ? 0 : UNDER_WAY / 2), job);
        }
        if (toMeasure) {
          measure(i, outcomes);
        }
      }
      assertThat(outcomes.size()).isEqualTo(sent.records());
      assertThat(sent.records() + sent.refused() + sent.unanswered())
          .isEqualTo(hostileRecords + GOOD);
      assertThat(outcomes.errors()).isLessThanOrEqualTo(outcomes.letters());
      if (hostileRecords > 0) {
        assertThat(outcomes.letters()).isGreaterThan(hostileRecords / 3);
        assertThat(outcomes.answers()).isGreaterThan(GOOD);
      }
      return comparable(outcomes.kept());
    }
  }

  private static void await(Outcomes outcomes, int wanted, CompletableFuture<JobResult> job) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (outcomes.size() < wanted) {
      assertThat(job).isNotDone();
      if (outcomes.readMore()) {
        end = System.nanoTime() + PATIENCE.toNanos();
      }
      assertThat(System.nanoTime())
          .as("%d outcomes wanted, but there are %d", wanted, outcomes.size())
          .isLessThan(end);
    }
  }

  /** Answers but for what differs from run to run. */
  private static Map<String, String> comparable(Map<String, JsonNode> answers) {
    Map<String, String> comparable = new TreeMap<>();
    answers.forEach(
        (id, json) ->
            comparable.put(
                id,
                String.join(
                    " ",
                    json.path("id").toString(),
                    json.path("choices").toString(),
                    json.path("usage").toString(),
                    json.path("error").toString())));
    return comparable;
  }

  private static ProducerRecord<byte[], byte[]> goodOne(String name, int number) {
    String conversation = "good-" + number % CONVERSATIONS;
    String value =
        """
        {"request_id": "good-%d", "conversation_id": "%s", "max_tokens": 12, "temperature": 0.7,
         "messages": [{"role": "user", "content": "%s"}]}\
        """
            .formatted(number, conversation, QUESTIONS.get(number / CONVERSATIONS));
    return new ProducerRecord<>(
        name + "-prompts", conversation.getBytes(UTF_8), value.getBytes(UTF_8));
  }

  private static ProducerRecord<byte[], byte[]> toSend(String name, HostileRecord record) {
    return new ProducerRecord<>(
        name + "-prompts", null, record.key(), record.value(), record.headers());
  }

  private static void createTopics(String name) throws Exception {
    broker.createTopics(
        List.of(name + "-prompts", name + "-blocked"),
        PARTITIONS,
        Map.of("max.message.bytes", "2000000"));
    broker.createTopics(
        List.of(name + "-dead-letters"),
        PARTITIONS,
        Map.of("max.message.bytes", "300000", "cleanup.policy", "compact"));
    broker.createTopics(
        List.of(name + "-completions"),
        PARTITIONS,
        Map.of("max.message.bytes", "20000", "cleanup.policy", "compact"));
    broker.createTopics(List.of(name + "-tokens"), PARTITIONS, Map.of("max.message.bytes", "1000"));
  }

  private static CompletableFuture<JobResult> submit(String name) throws Exception {
    StreamExecutionEnvironment env = flink.environment();
    env.setParallelism(1);
    // The job's own keep what was removed for many checkpoints: here the size is of what is left.
    env.configure(
        Configuration.fromMap(
            Map.of("state.backend.rocksdb.options-factory", FlinksOwnOptions.class.getName())));
    ChatPipeline.add(
        env,
        JobArguments.parse(
            Map.of(),
            "--job.name=" + name,
            "--kafka.bootstrap-servers=" + broker.bootstrapServers(),
            "--kafka.topic.prompts=" + name + "-prompts",
            "--kafka.topic.completions=" + name + "-completions",
            "--kafka.topic.tokens=" + name + "-tokens",
            "--kafka.topic.dead-letters=" + name + "-dead-letters",
            "--kafka.topic.blocked=" + name + "-blocked",
            "--checkpoint.interval=500ms",
            "--request.max-bytes=200000",
            "--context.limit=512",
            "--engine.threads=1",
            "--model.path=" + TinyModel.PATH));
    return flink.submit(env, name).result();
  }

  private static KafkaProducer<byte[], byte[]> producer(String compression) {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ProducerConfig.COMPRESSION_TYPE_CONFIG,
            compression,
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
            32 << 20),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private void measure(int records, Outcomes outcomes) throws Exception {
    System.gc();
    heap.add(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    state.add(stateBytes());
    report.add(
        "hostile: %d records, %d answers, %d dead letters, %d errors, heap %.1f MB, state %.2f MB"
            .formatted(
                records,
                outcomes.answers(),
                outcomes.letters(),
                outcomes.errors(),
                heap.getLast() / 1e6,
                state.getLast() / 1e6));
    System.out.println(report.getLast());
  }

  /** Of the last checkpoint of the job that was submitted last. */
  private static long stateBytes() throws Exception {
    long bytes = 0;
    for (JsonNode job : get("/jobs/overview").get("jobs")) {
      if (job.get("name").stringValue().equals("hostile")) {
        bytes =
            get("/jobs/" + job.get("jid").stringValue() + "/checkpoints")
                .at("/latest/completed/state_size")
                .longValue(0);
      }
    }
    return bytes;
  }

  private static JsonNode get(String path) throws Exception {
    URI uri = flink.webPage().resolve(path);
    try (HttpClient client = HttpClient.newHttpClient()) {
      return new JsonMapper()
          .readTree(
              client
                  .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                  .body());
    }
  }

  /** The last quarter is not above the second one. */
  private static void isFlat(List<Long> values, long slackBytes) {
    int quarter = values.size() / 4;
    double second = mean(values.subList(quarter, 2 * quarter));
    double last = mean(values.subList(3 * quarter, values.size()));
    assertThat(last).as("of %s", values).isLessThan(1.3 * second + slackBytes);
  }

  private static double mean(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).average().orElseThrow();
  }
}
