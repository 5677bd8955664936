package io.flinkmistral.jobs.bench;

import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.topics.ChatTopic;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The chat job with a broker and a Flink cluster of its own, and what Flink says of it. */
final class BenchJob implements AutoCloseable {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Path checkpointFolder;
  private final LocalBroker broker;
  private final LocalFlink flink;
  private final CompletableFuture<JobResult> result;
  private final KafkaProducer<byte[], byte[]> producer;
  private final TopicProbe tokens;
  private final TopicProbe completions;
  private final HttpClient http = HttpClient.newHttpClient();
  private final TreeMap<Long, Checkpoint> checkpoints = new TreeMap<>();

  /**
   * A completed checkpoint.
   *
   * @param uploadedBytes what it wrote beyond what others had written
   * @param storeBytes all that it consists of
   * @param millis from its trigger to its end
   */
  record Checkpoint(long id, long uploadedBytes, long storeBytes, long millis) {}

  private BenchJob(
      Path checkpointFolder,
      LocalBroker broker,
      LocalFlink flink,
      CompletableFuture<JobResult> result,
      Configuration options) {
    this.checkpointFolder = checkpointFolder;
    this.broker = broker;
    this.flink = flink;
    this.result = result;
    this.producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.tokens = new TopicProbe(broker.bootstrapServers(), ChatTopic.TOKENS.in(options));
    this.completions = new TopicProbe(broker.bootstrapServers(), ChatTopic.COMPLETIONS.in(options));
  }

  /**
   * @param slots of its one TaskManager
   * @param options of the job
   * @param cluster options of Flink beside those of the demo's cluster
   */
  static BenchJob start(Path folder, int slots, Configuration options, Configuration cluster)
      throws Exception {
    LocalBroker broker = LocalBroker.start(Files.createDirectory(folder.resolve("broker")));
    broker.createTopics(ChatTopic.names(options), 1, Map.of());
    options.set(ChatJobOptions.BOOTSTRAP_SERVERS, broker.bootstrapServers());
    LocalFlink flink =
        LocalFlink.start(Files.createDirectory(folder.resolve("flink")), slots, cluster);
    StreamExecutionEnvironment env = flink.environment();
    env.setParallelism(slots);
    ChatPipeline.add(env, options);
    return new BenchJob(
        folder.resolve("flink").resolve("checkpoints"),
        broker,
        flink,
        flink.submit(env, "bench-state").result(),
        options);
  }

  void send(String conversation, String request) {
    producer.send(
        new ProducerRecord<>(
            "prompts",
            conversation.getBytes(StandardCharsets.UTF_8),
            request.getBytes(StandardCharsets.UTF_8)));
    producer.flush();
  }

  /** Answers and errors that have become visible since the last call. */
  List<JsonNode> answers(Duration atMost) throws IOException {
    checkRunning();
    return completions.poll(atMost).stream().map(TopicProbe::json).toList();
  }

  /** Streamed tokens that came since the last call. */
  List<JsonNode> tokens(Duration atMost) throws IOException {
    checkRunning();
    return tokens.poll(atMost).stream().map(TopicProbe::json).toList();
  }

  private void checkRunning() throws IOException {
    if (result.isDone()) {
      throw new IOException(
          "the job has ended: " + result.resultNow().getSerializedThrowable().orElse(null));
    }
  }

  /**
   * All checkpoints that Flink has told of; to be called often, since it tells of the last ones.
   */
  List<Checkpoint> checkpoints() throws Exception {
    for (JsonNode one : checkpointReport().get("history")) {
      if (one.get("status").stringValue().equals("COMPLETED")) {
        long id = one.get("id").longValue();
        checkpoints.put(
            id,
            new Checkpoint(
                id,
                one.get("checkpointed_size").longValue(),
                one.get("state_size").longValue(),
                one.get("end_to_end_duration").longValue()));
      }
    }
    List<Checkpoint> all = new ArrayList<>(checkpoints.values());
    all.sort(Comparator.comparingLong(Checkpoint::id));
    return all;
  }

  /** Bytes of the file that says what the newest checkpoint consists of; 0 where there is none. */
  long newestMetadataBytes() throws IOException {
    long newest = 0;
    try (Stream<Path> files = Files.find(checkpointFolder, 3, BenchJob::isMetadata)) {
      for (Path file : files.toList()) {
        newest = Math.max(newest, Files.exists(file) ? Files.size(file) : 0);
      }
    }
    return newest;
  }

  private static boolean isMetadata(Path path, BasicFileAttributes attributes) {
    return path.endsWith("_metadata");
  }

  /** How many there were. */
  int completedCheckpoints() throws Exception {
    return checkpointReport().get("counts").get("completed").intValue();
  }

  private JsonNode checkpointReport() throws Exception {
    String job = get("jobs").get("jobs").get(0).get("id").stringValue();
    return get("jobs/" + job + "/checkpoints");
  }

  private JsonNode get(String path) throws Exception {
    URI uri = flink.webPage().resolve("/" + path);
    return MAPPER.readTree(
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
            .body());
  }

  @Override
  public void close() throws IOException {
    producer.close(Duration.ZERO);
    tokens.close();
    completions.close();
    http.close();
    try {
      flink.close();
    } finally {
      broker.close();
    }
  }
}
