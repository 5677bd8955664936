package io.flinkmistral.jobs.forms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.CommittedRecords;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.JobArguments;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers that are held to forms, through Kafka, by models that know nothing of forms: each ends
 * with {@code stop} and is of its form, as a validator by another author says. More of them:
 *
 * <pre>mvn -pl jobs -am -Dtest=ConstrainedPipelineTest -Dsurefire.failIfNoSpecifiedTests=false
 *   -Dforms.answers=10000 -Dforms.seed=7 test</pre>
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
class ConstrainedPipelineTest {
  private static final int ANSWERS = Integer.getInteger("forms.answers", 90);
  private static final long SEED = Long.getLong("forms.seed", 7);
  private static final Duration PATIENCE = Duration.ofSeconds(180);

  private static final JsonMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** Who draws: from what it has learnt, from next to nothing of that, or without having learnt. */
  private enum Model {
    TRAINED(TinyModel.PATH, "0.8"),
    ALMOST_UNIFORM(TinyModel.PATH, "100"),
    UNTRAINED(
        Path.of("..", "operator", "src", "test", "resources", "models", "block256_w20.q4_k_m.gguf"),
        "1");

    private final Path path;
    private final String temperature;

    Model(Path path, String temperature) {
      this.path = path;
      this.temperature = temperature;
    }
  }

  @TempDir private static Path brokerFolder;
  @TempDir private static Path flinkFolder;
  private static LocalBroker broker;
  private static LocalFlink flink;

  @BeforeAll
  static void start() throws Exception {
    broker = LocalBroker.start(brokerFolder);
    flink =
        LocalFlink.start(
            flinkFolder,
            6,
            new Configuration().set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
    broker.close();
  }

  @ParameterizedTest
  @EnumSource
  void everyAnswerEndsAndIsOfItsForm(Model model) throws Exception {
    String name = model.name().toLowerCase(Locale.ROOT);
    for (String topic : List.of("prompts", "completions", "tokens", "dead-letters", "blocked")) {
      broker.createTopics(List.of(name + "-" + topic), 2, Map.of());
    }
    CompletableFuture<JobResult> job = submit(name, model.path);
    int count = Math.ceilDiv(ANSWERS, Model.values().length);
    BoundedForms forms = new BoundedForms(SEED);
    Map<String, BoundedForms.Form> asked = new HashMap<>();
    List<String> wrong = new ArrayList<>();
    long began = System.nanoTime();
    long tokens = 0;
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        CommittedRecords answers =
            new CommittedRecords(broker.bootstrapServers(), name + "-completions")) {
      for (int i = 0; i < count; i++) {
        BoundedForms.Form form = forms.next();
        asked.put("r-" + i, form);
        producer.send(request(name, i, form, model.temperature));
      }
      producer.flush();
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!asked.isEmpty()) {
        assertThat(job).isNotDone();
        assertThat(System.nanoTime())
            .as("answers that have not come: %d, such as %s", asked.size(), asked)
            .isLessThan(end);
        for (ConsumerRecord<byte[], byte[]> record : answers.poll(Duration.ofMillis(200))) {
          JsonNode answer = STRICT.readTree(record.value());
          String id = answer.get("request_id").stringValue();
          fault(asked.remove(id), answer).ifPresent(fault -> wrong.add(id + ": " + fault));
          tokens += answer.at("/usage/completion_tokens").asLong(0);
          end = System.nanoTime() + PATIENCE.toNanos();
        }
      }
    }
    System.out.printf(
        "forms: %s: %d answers, %d wrong, %d tokens, %.0f s%n",
        name, count, wrong.size(), tokens, (System.nanoTime() - began) / 1e9);
    assertThat(wrong).isEmpty();
  }

  private static CompletableFuture<JobResult> submit(String name, Path model) throws Exception {
    StreamExecutionEnvironment env = flink.environment();
    env.setParallelism(2);
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
            "--context.limit=16000",
            "--request.max-tokens=8000",
            "--batch.conversations=32",
            "--engine.threads=1",
            "--model.path=" + model));
    return flink.submit(env, name).result();
  }

  /** With what must make no difference to whether an answer is of its form. */
  private static ProducerRecord<byte[], byte[]> request(
      String name, int number, BoundedForms.Form form, String temperature) {
    String beside =
        switch (number % 6) {
          case 0 -> "\"presence_penalty\": 1.5, \"frequency_penalty\": 0.5,";
          case 1 -> "\"logprobs\": true, \"top_logprobs\": 2,";
          case 2 -> "\"stream\": true, \"top_p\": 0.9,";
          case 3 -> "\"min_tokens\": 20, \"ignore_eos\": true,";
          case 4 -> "\"logit_bias\": {\"5\": 100, \"34\": -100}, \"repetition_penalty\": 1.3,";
          default -> "";
        };
    String conversation = "c-" + number;
    String value =
        """
        {"request_id": "r-%d", "conversation_id": "%s", "temperature": %s, "seed": %d, %s %s,
         "messages": [{"role": "user", "content": "My name is Sofia. Who am I?"}]}\
        """
            .formatted(number, conversation, temperature, number, beside, form.field());
    return new ProducerRecord<>(
        name + "-prompts", conversation.getBytes(UTF_8), value.getBytes(UTF_8));
  }

  private static Optional<String> fault(BoundedForms.Form form, JsonNode answer) {
    if (form == null) {
      return Optional.of("it was answered already");
    }
    String text = answer.at("/choices/0/message/content").asString("");
    if (!answer.at("/choices/0/finish_reason").asString("").equals("stop")) {
      return Optional.of(form + ": " + answer);
    }
    boolean valid =
        switch (form) {
          case BoundedForms.Form.Choice(List<String> texts) -> texts.contains(text);
          case BoundedForms.Form.Regex(String pattern) -> text.matches(pattern);
          case BoundedForms.Form.Grammar grammar -> grammar.same().matcher(text).matches();
          case BoundedForms.Form.Schema(String schema, boolean _) -> isValid(schema, text);
        };
    return valid ? Optional.empty() : Optional.of(form + ": " + text);
  }

  private static boolean isValid(String schema, String text) {
    try {
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(schema, InputFormat.JSON)
          .validate(
              STRICT.readTree(text),
              context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
          .isEmpty();
    } catch (JacksonException e) {
      return false;
    }
  }
}
