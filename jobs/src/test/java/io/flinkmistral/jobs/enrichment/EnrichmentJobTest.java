package io.flinkmistral.jobs.enrichment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.flinkmistral.jobs.CommittedRecords;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.kafka.KafkaProperties;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.OptionTable;
import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.field.FieldType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The job on files and topics, with the small model, which was trained to label sentiments. */
@Timeout(600)
class EnrichmentJobTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  /**
   * One in a hundred of so many is bad. A long run: {@code mvn -pl operator,jobs test
   * -Dtest=EnrichmentJobTest#eachRecordComesOutOnceAsARowOrADeadLetter
   * -Dsurefire.failIfNoSpecifiedTests=false -Denrichment.records=100000}.
   */
  private static final int RECORDS = Integer.getInteger("enrichment.records", 300);

  @TempDir private static Path folder;
  private static LocalFlink flink;

  @BeforeAll
  static void start() throws Exception {
    flink = LocalFlink.start(folder.resolve("flink"), 4);
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
  }

  @Test
  @Timeout(7200) // A hundred thousand take a quarter of an hour.
  void eachRecordComesOutOnceAsARowOrADeadLetter() throws Exception {
    Path input = folder.resolve("many.jsonl");
    Files.write(input, records());
    run(RuntimeExecutionMode.STREAMING, 4, input, folder.resolve("many"));
    List<JsonNode> rows = lines(folder.resolve("many"));
    List<JsonNode> letters = lines(folder.resolve("many-dead-letters"));
    assertThat(letters).hasSize(RECORDS / 100);
    assertThat(rows).hasSize(RECORDS - RECORDS / 100);
    assertThat(rows.stream().map(row -> row.get("id").asInt()).distinct()).hasSize(rows.size());
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(row.get("label").asString())
                    .isEqualTo(row.get("id").asInt() % 2 == 0 ? "positive" : "negative"));
    assertThat(letters.stream().map(letter -> letter.get("_raw").asString()))
        .containsExactlyInAnyOrderElementsOf(
            records().stream().filter(line -> line.startsWith("bad")).toList());
  }

  @Test
  void rowsAreTheSameInBatchAndStreamingWithAnyParallelism() throws Exception {
    Path input = folder.resolve("few.jsonl");
    Files.write(input, records().subList(0, 40));
    List<List<String>> outputs = new ArrayList<>();
    for (RuntimeExecutionMode mode :
        List.of(RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH)) {
      for (int parallelism : List.of(1, 4)) {
        Path output = folder.resolve("%s-%d".formatted(mode, parallelism));
        run(mode, parallelism, input, output, "--output.provenance=true");
        outputs.add(
            Stream.of(output, Path.of(output + "-dead-letters"))
                .flatMap(path -> lines(path).stream())
                .map(JsonNode::toString)
                .sorted()
                .toList());
      }
    }
    assertThat(outputs).allMatch(outputs.getFirst()::equals);
    assertThat(outputs.getFirst()).hasSize(40);
    assertThat(outputs.getFirst().getLast())
        .contains("\"provenance\":{\"system_fingerprint\":\"fp_");
  }

  @Test
  void deadLettersAreInput() throws Exception {
    Path input = folder.resolve("bad.jsonl");
    Files.write(
        input, List.of("no JSON", "{\"id\":1}", "{\"id\":2,\"text\":\"I love this sofa.\"}"));
    run(RuntimeExecutionMode.STREAMING, 1, input, folder.resolve("bad"));
    Path letters = folder.resolve("bad-dead-letters");
    assertThat(lines(letters)).hasSize(2);
    run(RuntimeExecutionMode.STREAMING, 1, letters, folder.resolve("again"));
    assertThat(lines(folder.resolve("again-dead-letters")))
        .containsExactlyInAnyOrderElementsOf(lines(letters));
    assertThat(lines(folder.resolve("again-dead-letters")))
        .anySatisfy(
            letter ->
                assertThat(letter.at("/_error/message").asString())
                    .contains("the record has no column \"text\""));
  }

  @Test
  void csvHasColumnsByTheirOrder() throws Exception {
    Path input = folder.resolve("a.csv");
    Files.write(
        input,
        List.of("id,text", "1,\"I love this sofa, really.\"", "2", "3,\"half", "", "4,I hate it."));
    run(
        RuntimeExecutionMode.STREAMING,
        1,
        input,
        folder.resolve("csv"),
        "--input.format=csv",
        "--input.columns=id;text");
    assertThat(lines(folder.resolve("csv")).stream().map(row -> row.get("text").asString()))
        .contains("I love this sofa, really.", "I hate it.");
    assertThat(lines(folder.resolve("csv-dead-letters")))
        .extracting(letter -> letter.get("_raw").asString())
        .contains("2");
  }

  @Test
  void anyTaskMakesItsField() throws Exception {
    Path input = folder.resolve("task.jsonl");
    Files.writeString(input, "{\"text\":\"I love this sofa.\"}\n");
    for (String task : List.of("completion", "extract", "score", "embedding")) {
      List<String> more =
          new ArrayList<>(List.of("--task=" + task, "--labels=", "--output.field=result"));
      if (task.equals("extract")) {
        more.add("--fields=sure boolean; thing");
      }
      if (task.equals("score")) {
        more.add("--continuation=positive");
      }
      run(RuntimeExecutionMode.BATCH, 1, input, folder.resolve(task), more.toArray(String[]::new));
      JsonNode result = lines(folder.resolve(task)).getFirst().get("result");
      switch (task) {
        case "completion" -> assertThat(result.asString()).isEqualTo("positive");
        case "extract" -> assertThat(result.propertyNames()).containsExactly("sure", "thing");
        case "score" -> assertThat(result.asDouble()).isBetween(-1.0, 0.0);
        default -> assertThat(result.size()).isEqualTo(256);
      }
    }
  }

  @Test
  void aSampleSaysWhatTheWholeWillTake() throws Exception {
    Path input = folder.resolve("sample.jsonl");
    Files.write(input, records());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Sample.of(
            StreamExecutionEnvironment.createLocalEnvironment(1),
            options(input, folder.resolve("sampled"), "--sample=120"))
        .print(new PrintStream(out, true, StandardCharsets.UTF_8));
    String text = out.toString(StandardCharsets.UTF_8);
    assertThat(text.lines().filter(line -> line.startsWith("{"))).hasSize(120);
    assertThat(text)
        .contains("records  120: 119 rows, 1 errors {invalid_request=1}")
        .containsPattern(
            "tokens {3}\\d+ in prompts: own \\d+, shared \\d+ \\(of the template \\d+ in each\\); ")
        .containsPattern("whole {4}about (2[89]\\d|3[01]\\d) records in .*: 0\\.\\d+ hours");
    assertThat(folder.resolve("sampled")).doesNotExist();
  }

  @Test
  void topicsKeepKeysAndHeaders() throws Exception {
    try (LocalBroker broker = LocalBroker.start(folder.resolve("broker"))) {
      broker.createTopics(List.of("reviews", "labelled", "labelled-dead-letters"), 2, Map.of());
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(
              Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
              new ByteArraySerializer(),
              new ByteArraySerializer())) {
        send(producer, "good", "{\"text\":\"I love this sofa.\"}");
        send(producer, "bad", "no JSON");
        producer.flush();
      }
      run(
          RuntimeExecutionMode.STREAMING,
          2,
          "kafka:reviews",
          "kafka:labelled",
          "--input.end=latest",
          "--kafka.bootstrap-servers=" + broker.bootstrapServers());
      ConsumerRecord<byte[], byte[]> row = only(broker, "labelled");
      assertThat(new String(row.key(), StandardCharsets.UTF_8)).isEqualTo("good");
      assertThat(JSON.readTree(row.value()).get("label").asString()).isEqualTo("positive");
      assertThat(row.headers().lastHeader("trace").value()).containsExactly(7);
      ConsumerRecord<byte[], byte[]> letter = only(broker, "labelled-dead-letters");
      assertThat(new String(letter.value(), StandardCharsets.UTF_8)).isEqualTo("no JSON");
      assertThat(letter.headers().lastHeader("__streams.errors.message").value())
          .asString()
          .startsWith("the record is no JSON");
    }
  }

  @Test
  void aRowThatItsTopicDoesNotTakeIsADeadLetter() throws Exception {
    try (LocalBroker broker = LocalBroker.start(folder.resolve("small"))) {
      broker.createTopics(List.of("reviews", "short-dead-letters"), 1, Map.of());
      broker.createTopics(List.of("short"), 1, Map.of("max.message.bytes", "1000"));
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(
              Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
              new ByteArraySerializer(),
              new ByteArraySerializer())) {
        send(producer, "short", "{\"text\":\"I love this sofa.\"}");
        send(
            producer,
            "long",
            "{\"text\":\"I love this sofa.\",\"note\":\"%s\"}".formatted("x".repeat(1000)));
        producer.flush();
      }
      String brokers = "--kafka.bootstrap-servers=" + broker.bootstrapServers();
      aSampleEndsWithTheTopic(broker, brokers);
      run(
          RuntimeExecutionMode.STREAMING,
          1,
          "kafka:reviews",
          "kafka:short",
          "--input.end=latest",
          brokers);
      assertThat(new String(only(broker, "short").key(), StandardCharsets.UTF_8))
          .isEqualTo("short");
      ConsumerRecord<byte[], byte[]> letter = only(broker, "short-dead-letters");
      assertThat(new String(letter.key(), StandardCharsets.UTF_8)).isEqualTo("long");
      assertThat(letter.value()).hasSizeGreaterThan(1000);
      assertThat(letter.headers().lastHeader("__streams.errors.code").value())
          .asString()
          .isEqualTo("answer_too_large");
      assertThat(letter.headers().lastHeader("__streams.errors.message").value())
          .asString()
          .containsPattern("the row has 1\\d\\d\\d bytes, but topic short takes 1000");
    }
  }

  /** It has fewer records than are asked for. */
  private static void aSampleEndsWithTheTopic(LocalBroker broker, String brokers) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    env.enableCheckpointing(50);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Sample.of(env, options("kafka:reviews", "kafka:short", "--sample=100", brokers))
        .print(new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("records  2: 2 rows, 0 errors");
    try (Admin admin =
        Admin.create(KafkaProperties.client(options("kafka:a", "kafka:b", brokers)))) {
      assertThat(
              admin.listConsumerGroupOffsets("flink-mistral").partitionsToOffsetAndMetadata().get())
          .isEmpty();
    }
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, String key, String value) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            "reviews",
            key.getBytes(StandardCharsets.UTF_8),
            value.getBytes(StandardCharsets.UTF_8));
    record.headers().add("trace", new byte[] {7});
    producer.send(record);
  }

  private static ConsumerRecord<byte[], byte[]> only(LocalBroker broker, String topic) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (CommittedRecords records = new CommittedRecords(broker.bootstrapServers(), topic)) {
      while (!records.isAtEnd()) {
        records.poll(Duration.ofSeconds(1)).forEach(all::add);
      }
    }
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  @Test
  void topicsAreLookedForBeforeTheJobStarts() throws Exception {
    String nobody = "--kafka.bootstrap-servers=127.0.0.1:1";
    assertThatCode(() -> EnrichmentTopics.check(options("in.jsonl", "out", nobody)))
        .as("a job without topics needs no broker")
        .doesNotThrowAnyException();
    try (LocalBroker broker = LocalBroker.start(folder.resolve("looked-for"))) {
      String brokers = "--kafka.bootstrap-servers=" + broker.bootstrapServers();
      Configuration three = options("kafka:reviews", "kafka:labelled", brokers);
      assertThatIOException()
          .isThrownBy(() -> EnrichmentTopics.check(three))
          .withMessageStartingWith(
              "there are no topics reviews, labelled, labelled-dead-letters at ")
          .withMessageEndingWith("create them first, or name others (input, output, dead-letters)");
      broker.createTopics(List.of("reviews"), 1, Map.of());
      assertThatIOException()
          .isThrownBy(() -> EnrichmentTopics.check(three))
          .withMessageStartingWith("there are no topics labelled, labelled-dead-letters at ");
      for (Configuration reads :
          List.of(
              options("kafka:reviews", "out", brokers),
              options("kafka:reviews", "kafka:labelled", "--sample=3", brokers),
              options("kafka:reviews", "kafka:labelled", "--kafka.check=false", nobody))) {
        assertThatCode(() -> EnrichmentTopics.check(reads)).doesNotThrowAnyException();
      }
    }
  }

  /** JobManager and TaskManagers stand in folders of their own. */
  @Test
  void pathsOfThisMachineAreAbsolute() throws Exception {
    Configuration options =
        EnrichmentJob.options(
            Map.of(),
            "--model.path=" + TinyModel.PATH,
            "--input=in.jsonl",
            "--output=s3://bucket/out",
            "--dead-letters=kafka:letters");
    assertThat(options.get(EnrichmentJobOptions.INPUT))
        .isEqualTo(Path.of("in.jsonl").toAbsolutePath().toString());
    assertThat(options.get(EnrichmentJobOptions.OUTPUT)).isEqualTo("s3://bucket/out");
    assertThat(options.get(EnrichmentJobOptions.DEAD_LETTERS)).isEqualTo("kafka:letters");
  }

  /** Or a job that is submitted from another folder would leave the old one's open. */
  @Test
  void transactionalIdsDoNotHaveTheFolderOfTheSubmitter() throws Exception {
    String model = "--model.path=" + TinyModel.PATH;
    assertThat(
            EnrichmentJob.options(
                    Map.of(), model, "--input=in/a.jsonl", "--output=kafka:out", "--job.name=mine")
                .get(ChatJobOptions.TRANSACTIONAL_ID_PREFIX))
        .isEqualTo("mine-in-a.jsonl-kafka-out");
    assertThat(
            EnrichmentJob.options(
                    Map.of(),
                    model,
                    "--input=in/a.jsonl",
                    "--output=kafka:out",
                    "--kafka.transactional-id-prefix=ours")
                .get(ChatJobOptions.TRANSACTIONAL_ID_PREFIX))
        .isEqualTo("ours");
  }

  /** However short its input is, which Flink looks at where nobody says otherwise. */
  @Test
  void aBatchJobHasTheParallelismThatItIsGiven() {
    StreamExecutionEnvironment env =
        new StreamExecutionEnvironment(
            new Configuration().set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH));
    env.setParallelism(3);
    EnrichmentPipeline.add(env, options(Path.of("in"), Path.of("out")));
    assertThat(env.getStreamGraph().getJobGraph().getVertices())
        .filteredOn(vertex -> vertex.getName().contains(MistralStreams.ENRICH))
        .singleElement()
        .extracting(JobVertex::getParallelism)
        .isEqualTo(3);
  }

  @Test
  void listsHaveWhateverNames() {
    Configuration options =
        options(
            Path.of("in.csv"),
            Path.of("out"),
            "--labels='a; b': c, d;\"e: f\"",
            "--input.format=csv",
            "--input.columns=text;'a;b';it's");
    EnrichmentPlan plan = EnrichmentPlan.of(options);
    assertThat(((ClassificationTask) plan.task()).labels())
        .containsExactly(
            new ClassificationTask.Label("a; b", "c, d"), new ClassificationTask.Label("e: f", ""));
    assertThat(plan.format().names()).containsExactly("text", "a;b", "it's");
    EnrichmentPlan extraction =
        EnrichmentPlan.of(
            options(
                Path.of("in"),
                Path.of("out"),
                "--task=extract",
                "--labels=",
                "--fields=\"a; b\" number: in euros; c Date"));
    assertThat(extraction.task())
        .isEqualTo(
            ExtractionTask.of(
                List.of(
                    new FieldType.Field("a; b", FieldType.Real.FLOAT64, true, "in euros"),
                    new FieldType.Field("c", FieldType.Temporal.DATE, true, ""))));
    EnrichmentPlan completion =
        EnrichmentPlan.of(
            options(
                Path.of("in"),
                Path.of("out"),
                "--task=completion",
                "--labels=",
                "--labels.shown=true",
                "--stop=[\"\\n\", \";\"]"));
    assertThat(((CompletionTask) completion.task()).decoding().stop()).containsExactly("\n", ";");
    refuses("option labels has a quote at character 3 that does not end", "--labels=a;'b");
    refuses("option labels has nothing at character 3", "--labels=a;;b");
    refuses("option input.columns has nothing at character 1", "--input.columns=;a");
    refuses("option stop is no JSON", "--stop=[END]");
  }

  @Test
  void optionsThatDoNotGoTogetherAreRefused() {
    refuses("option input.columns is missing", "--input.format=csv");
    refuses("option labels is missing", "--labels=");
    refuses("the label \"a\" is there twice", "--labels=a;a");
    refuses("set task to classify", "--task=completion");
    refuses("set task to classify", "--task=completion", "--labels=", "--labels.multi-label=true");
    refuses("labels.threshold has no meaning without labels.multi-label", "--labels.threshold=0.7");
    refuses(
        "labels.min-probability has no meaning beside labels.multi-label",
        "--labels.multi-label=true",
        "--labels.min-probability=0.7");
    refuses("option labels.examples is no JSON", "--labels.examples=[{");
    refuses(
        "labels of an example are a JSON list, but one has \"positive\"",
        "--labels.examples=[{\"text\":\"a\",\"labels\":\"positive\"}]");
    refuses("set task to embedding", "--embedding.pooling=last");
    refuses(
        "the rubric has a prompt, and option template has one",
        "--task=moderate",
        "--labels=",
        "--moderation.rubric={\"categories\":{\"a\":\"\"},\"prompt\":\"Is it? {{text}}\"}");
    refuses("set task to extract", "--fields=a");
    refuses("set task to moderate", "--moderation.categories=pii");
    refuses("set task to moderate", "--moderation.rubric=paper");
    refuses("set task to moderate", "--moderation.threshold=0.8");
    refuses(
        "\"sexuel\" is no category of rubric mistral",
        "--task=moderate",
        "--labels=",
        "--moderation.categories=sexuel");
    refuses("types are text, boolean", "--task=extract", "--labels=", "--fields=a txt");
    refuses("the prompt names no column", "--template=Hello");
    refuses("did you mean text?", "--input.columns=id;text", "--template={{txt}}");
    refuses(
        "continuation names the column \"txt\"",
        "--input.columns=id;text",
        "--task=score",
        "--labels=",
        "--continuation={{txt}}");
    refuses("options output and input cannot both be", "--output=in.jsonl");
    refuses("did you mean --template?", "--templte=x");
    refuses("it must be kafka:TOPIC, or a path", "--output=kafka:a b");
  }

  private static void refuses(String message, String... more) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                EnrichmentPipeline.add(
                    new StreamExecutionEnvironment(new Configuration()),
                    options(Path.of("in.jsonl"), Path.of("out"), more)))
        .withMessageContaining(message);
  }

  @Test
  void aRecordMayHaveAnyNumberOfLabels(@TempDir Path folder) throws Exception {
    assertThat(twoReviews(folder, "--labels.multi-label=true", "--labels.threshold=0"))
        .allSatisfy(
            row -> {
              assertThat(row.required("label").valueStream().map(JsonNode::asString))
                  .containsExactlyInAnyOrder("positive", "negative");
              assertThat(row.required("label_probability").size()).isEqualTo(2);
            });
    assertThat(twoReviews(folder, "--labels.multi-label=true", "--labels.threshold=1"))
        .allSatisfy(row -> assertThat(row.required("label").size()).isZero());
  }

  @Test
  void examplesStandBeforeARecord(@TempDir Path folder) throws Exception {
    String examples = "--labels.examples=[{\"text\":\"I love it.\",\"label\":\"positive\"}]";
    long plain = promptTokens(twoReviews(folder, "--output.provenance=true"));
    long with = promptTokens(twoReviews(folder, "--output.provenance=true", examples));
    assertThat(with).isGreaterThan(plain);
  }

  private static long promptTokens(List<JsonNode> rows) {
    return rows.stream().mapToLong(row -> row.at("/provenance/prompt_tokens").asLong()).sum();
  }

  @Test
  void aVectorIsTheMeanOrThatOfTheLastToken(@TempDir Path folder) throws Exception {
    String[] task = {"--task=embedding", "--labels=", "--template={{text}}"};
    List<JsonNode> mean = twoReviews(folder, task);
    List<JsonNode> last = twoReviews(folder, task[0], task[1], task[2], "--embedding.pooling=last");
    assertThat(mean.getFirst().required("embedding").size())
        .isEqualTo(last.getFirst().required("embedding").size());
    assertThat(last).isNotEqualTo(mean);
  }

  /** One is positive, one negative. */
  private static List<JsonNode> twoReviews(Path folder, String... more) throws Exception {
    Path input = folder.resolve("in.jsonl");
    Files.writeString(
        input, "{\"text\":\"I love this phone.\"}\n{\"text\":\"I hate this phone.\"}\n");
    Path output = folder.resolve("out-" + more.length + "-" + Arrays.hashCode(more));
    run(RuntimeExecutionMode.BATCH, 1, input, output, more);
    return lines(output);
  }

  @Test
  void aRubricsOwnPromptTakesThePlaceOfATemplate() {
    Configuration options = options(Path.of("in.jsonl"), Path.of("out"), "--labels=");
    options.removeConfig(EnrichmentJobOptions.TEMPLATE);
    options.set(EnrichmentJobOptions.TASK, "moderate");
    options.removeConfig(EnrichmentJobOptions.LABELS_SHOWN);
    options.set(
        EnrichmentJobOptions.RUBRIC,
        "{\"categories\":{\"a\":\"\"},\"prompt\":\"Is it? {{text}}\"}");
    assertThat(EnrichmentPlan.of(options).template().text()).isEqualTo("Is it? {{text}}");
  }

  @Test
  void recordsAreModerated(@TempDir Path folder) throws Exception {
    List<JsonNode> rows =
        twoReviews(
            folder,
            "--task=moderate",
            "--labels=",
            "--moderation.rubric={\"acceptable\":\"positive\",\"categories\":{\"negative\":\"\"},\"instruction\":\"\"}");
    assertThat(rows)
        .allSatisfy(line -> assertThat(line.at("/moderation/category_scores").size()).isEqualTo(2))
        .extracting(
            line -> line.required("text").asString(),
            line -> line.at("/moderation/flagged").asBoolean(),
            line -> line.at("/moderation/categories/negative").asBoolean())
        .containsExactlyInAnyOrder(
            tuple("I love this phone.", false, false), tuple("I hate this phone.", true, true));
  }

  @Test
  void theTableOfOptionsIsInTheDocument() throws Exception {
    assertThat(Files.readString(Path.of("ENRICHMENT.md")))
        .contains(OptionTable.markdown(List.of(EnrichmentJobOptions.CHECKED)).strip());
    assertThat(OptionTable.help(List.of(EnrichmentJobOptions.CHECKED)).lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
  }

  private static List<String> records() {
    return IntStream.range(0, RECORDS)
        .mapToObj(
            i ->
                i % 100 == 99
                    ? "bad " + i
                    : "{\"id\":%d,\"text\":\"%s this %s.\"}"
                        .formatted(
                            i,
                            i % 2 == 0 ? "I love" : "I hate",
                            List.of("phone", "camera", "hotel", "movie").get(i / 2 % 4)))
        .toList();
  }

  private static void run(
      RuntimeExecutionMode mode, int parallelism, Path input, Path output, String... more)
      throws Exception {
    run(mode, parallelism, input.toString(), output.toString(), more);
  }

  private static void run(
      RuntimeExecutionMode mode, int parallelism, String input, String output, String... more)
      throws Exception {
    StreamExecutionEnvironment env = flink.environment();
    env.configure(new Configuration().set(ExecutionOptions.RUNTIME_MODE, mode));
    env.setParallelism(parallelism);
    EnrichmentPipeline.add(env, options(input, output, more));
    JobResult result = flink.submit(env, "enrichment").result().get();
    assertThat(result.getSerializedThrowable()).isEmpty();
    assertThat(result.getJobStatus()).contains(JobStatus.FINISHED);
  }

  private static Configuration options(Path input, Path output, String... more) {
    return options(input.toString(), output.toString(), more);
  }

  private static Configuration options(String input, String output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--model.path=" + TinyModel.PATH,
                "--engine.threads=2",
                "--checkpoint.interval=500 ms",
                "--template=Classify the sentiment: {{text}}",
                "--task=classify",
                "--labels=positive;negative",
                "--labels.shown=false",
                "--input=" + input,
                "--output=" + output));
    arguments.addAll(Arrays.asList(more));
    return JobArguments.parse(
        EnrichmentJobOptions.CHECKED, Map.of(), arguments.toArray(String[]::new));
  }

  private static List<JsonNode> lines(Path output) {
    if (!Files.exists(output)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(output)) {
      List<JsonNode> lines = new ArrayList<>();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(file.getFileName().toString()).startsWith("part-").endsWith(".jsonl");
        Files.readAllLines(file).forEach(line -> lines.add(JSON.readTree(line)));
      }
      return lines;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
