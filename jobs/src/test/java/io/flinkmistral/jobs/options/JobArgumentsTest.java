package io.flinkmistral.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.jobs.options.ChatJobOptions.StartingOffsets;
import io.flinkmistral.operator.options.MistralOptions;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobArgumentsTest {
  @Test
  void readsBothWaysToSpellAnArgument() {
    Configuration options =
        parse("--model.path", "/models/a=b.gguf", "--checkpoint.interval=1 s", "--kv.type=f32");
    assertThat(options.get(MistralOptions.MODEL_PATH)).isEqualTo("/models/a=b.gguf");
    assertThat(options.get(ChatJobOptions.CHECKPOINT_INTERVAL)).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.get(MistralOptions.KV_TYPE)).isEqualTo("f32");
  }

  @Test
  void helpIsAskedForWhereverItStands() {
    assertThat(JobArguments.askForHelp("--kv.type=f32", "--help")).isTrue();
    assertThat(JobArguments.askForHelp("--kv.type=f32", "help", "-help")).isFalse();
    assertThat(JobArguments.askForHelp()).isFalse();
  }

  @Test
  void readsTheEnvironmentBehindTheArguments() {
    Configuration options =
        JobArguments.parse(
            Map.of(
                "FLINK_MISTRAL_MODEL_PATH", "/models/environment",
                "FLINK_MISTRAL_KV_PAGE_TOKENS", "32",
                "FLINK_MISTRAL_KAFKA_STARTING_OFFSETS", "latest",
                "FLINK_MISTRAL_SERVICE_HOST", "10.0.0.1",
                "PATH", "/bin"),
            "--model.path=/models/argument");
    assertThat(options.get(MistralOptions.MODEL_PATH)).isEqualTo("/models/argument");
    assertThat(options.get(MistralOptions.KV_PAGE_TOKENS)).isEqualTo(32);
    assertThat(options.get(ChatJobOptions.STARTING_OFFSETS)).isEqualTo(StartingOffsets.LATEST);
  }

  @Test
  void passesPropertiesOfKafkaThrough() {
    Configuration options =
        JobArguments.parse(
            Map.of(
                "FLINK_MISTRAL_KAFKA_PROPERTY_SASL_MECHANISM", "PLAIN",
                "FLINK_MISTRAL_KAFKA_PROPERTY_SECURITY_PROTOCOL", "SSL"),
            "--kafka.property.security.protocol",
            "SASL_SSL");
    assertThat(options.get(ChatJobOptions.KAFKA_PROPERTIES))
        .isEqualTo(Map.of("security.protocol", "SASL_SSL", "sasl.mechanism", "PLAIN"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kafka.bootstrap-server | --kafka.bootstrap-servers
          kafka.bootstrap.servers | --kafka.bootstrap-servers
          bootstrap-servers | --kafka.bootstrap-servers
          KAFKA_BOOTSTRAP_SERVERS | --kafka.bootstrap-servers
          max-tokens | --request.max-tokens
          maxTokens | --request.max-tokens
          request.maxtokens | --request.max-tokens
          kv-type | --kv.type
          kv.typ | --kv.type
          threads | --engine.threads
          model | --model.name, --model.path, --model.template or --model.window
          modelpath | --model.path
          modle.path | --model.path
          topic.prompts | --kafka.topic.prompts
          kafka.topic.dead-letter | --kafka.topic.dead-letters
          page-tokens | --kv.page-tokens
          checkpoint-interval | --checkpoint.interval
          checkpointing.interval | --checkpoint.interval
          prefill-tokens | --batch.prefill-tokens
          parallelism | --job.max-parallelism
          ttl | --conversation.ttl
          hlep | --help
          """)
  void namesTheOptionThatIsMeant(String wrong, String right) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--" + wrong + "=1"))
        .withMessage("there is no option --%s; did you mean %s? All are in --help", wrong, right);
  }

  @ParameterizedTest
  @ValueSource(strings = {"temperature", "x", "zookeeper.quorum", "q\u001b[31m\n"})
  void suggestsNothingWhereNothingIsNear(String wrong) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--" + wrong + "=1"))
        .withMessageEndingWith("; all are in --help")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "\u001b"));
  }

  @Test
  void anEmptyVariableIsNone() {
    assertThat(
            JobArguments.parse(Map.of("FLINK_MISTRAL_MODEL_NAME", ""))
                .getOptional(MistralOptions.MODEL_NAME))
        .isEmpty();
  }

  @Test
  void refusesWhatIsNoOption() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("model.gguf"))
        .withMessageStartingWith("\"model.gguf\" is no option");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--model.path"))
        .withMessage("option --model.path has no value");
  }

  private static Configuration parse(String... arguments) {
    return JobArguments.parse(Map.of(), arguments);
  }
}
