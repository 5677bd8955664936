package io.flinkmistral.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.jobs.options.ChatJobOptions.StartingOffsets;
import io.flinkmistral.operator.MistralOptions;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

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

  @Test
  void namesTheOptionNearestToAnUnknownOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--kafka.bootstrap-server=localhost:9092"))
        .withMessage(
            "there is no option --kafka.bootstrap-server; did you mean --kafka.bootstrap-servers?"
                + " All are in --help");
  }

  @Test
  void refusesWhatIsNoOption() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("model.gguf"))
        .withMessageStartingWith("\"model.gguf\" is no option");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--model.path"))
        .withMessage("--model.path has no value");
  }

  @Test
  void refusesValuesOfAnotherType() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--kv.page-tokens=many"))
        .withMessageContaining("--kv.page-tokens cannot be \"many\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--checkpoint.interval=soon"))
        .withMessageContaining("--checkpoint.interval cannot be \"soon\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--kafka.starting-offsets=middle"))
        .withMessageContaining("Expected one of: [[COMMITTED, EARLIEST, LATEST]]");
  }

  @Test
  void measuresHowFarWordsAre() {
    assertThat(EditDistance.between("kitten", "sitting")).isEqualTo(3);
    assertThat(EditDistance.between("", "abc")).isEqualTo(3);
    assertThat(EditDistance.between("abc", "abc")).isZero();
  }

  private static Configuration parse(String... arguments) {
    return JobArguments.parse(Map.of(), arguments);
  }
}
