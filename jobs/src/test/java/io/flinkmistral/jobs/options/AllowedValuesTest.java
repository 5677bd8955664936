package io.flinkmistral.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.operator.model.ModelCheck;
import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.operator.options.MistralOptions;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What an option takes, and that nothing which it takes goes wrong later. */
class AllowedValuesTest {
  private static final List<String> STRANGE =
      List.of(
          "",
          " ",
          "-1",
          "0",
          "1",
          "2",
          "7",
          "1024",
          "10000",
          "1000000000",
          "2147483647",
          "2147483648",
          "99999999999999999999",
          "1.5",
          "1e3",
          "0x10",
          "NaN",
          "two",
          "true",
          "none",
          "null",
          "0 s",
          "1 ms",
          "-1 s",
          "1 h",
          "1000 d",
          "99999999999999 d",
          "0 b",
          "1 b",
          "1 gb",
          "-1 mb",
          "99999999999 tb",
          "a:b",
          ":1",
          "a:0",
          "a:65536",
          "a:1,",
          "a b",
          "..",
          "../x",
          "a\nb",
          "\u001b[31m",
          "\u202e",
          "x".repeat(10_000));

  private record Holder(Class<?> constants, CheckedOptions checked) {}

  private static List<ConfigOption<?>> options() {
    return OptionTable.options();
  }

  @Test
  void everyOptionThatIsDefinedIsChecked() throws Exception {
    for (Holder holder :
        List.of(
            new Holder(MistralOptions.class, MistralOptions.CHECKED),
            new Holder(ChatJobOptions.class, ChatJobOptions.CHECKED))) {
      List<Object> defined = new ArrayList<>();
      for (Field field : holder.constants().getDeclaredFields()) {
        if (field.getType() == ConfigOption.class) {
          field.setAccessible(true);
          defined.add(field.get(null));
        }
      }
      assertThat(defined).isNotEmpty();
      if (holder.constants() == ChatJobOptions.class) {
        Stream.of(ChatTopic.values()).map(ChatTopic::option).forEach(defined::add);
      }
      assertThat(holder.checked().options()).hasSameElementsAs(cast(defined));
    }
  }

  private static List<ConfigOption<?>> cast(List<Object> options) {
    return options.stream().<ConfigOption<?>>map(o -> (ConfigOption<?>) o).toList();
  }

  @Test
  void defaultsAreAllowed() {
    assertThat(JobArguments.parse(Map.of()).toMap()).isEmpty();
    for (ConfigOption<?> option : options()) {
      if (option.hasDefaultValue() && !OptionTable.isPrefix(option)) {
        Configuration one = new Configuration();
        one.setString(option.key(), OptionTable.defaultText(option));
        ChatJobOptions.check(one);
        MistralOptions.CHECKED.check(one);
      }
    }
  }

  /** Refused in one line that has the option's name, or taken and then good enough for a job. */
  @ParameterizedTest
  @MethodSource("options")
  void aStrangeValueIsRefusedOrFitForAJob(ConfigOption<?> option) throws Exception {
    for (String value : STRANGE) {
      try {
        addJob(option.key() + (OptionTable.isPrefix(option) ? ".retries" : ""), value);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage())
            .startsWith("option")
            .contains(option.key())
            .hasSizeLessThan(1200)
            .doesNotContain("\n", "\u001b", "\u202e");
      }
    }
  }

  private static void addJob(String key, String value) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--model.path=" + TinyModel.PATH));
    if (!key.equals("model.path")) {
      arguments.add("--" + key + "=" + value);
    } else {
      // Another path is another model; that it is none is not for options to say.
      JobArguments.parse(Map.of(), "--model.path=" + value);
    }
    Configuration options = JobArguments.parse(Map.of(), arguments.toArray(String[]::new));
    ModelCheck.check(options);
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(new Configuration());
    ChatPipeline.add(env, options);
    assertThat(env.getStreamGraph().getStreamNodes()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kafka.transaction-timeout | 0 | 1 min to 20 d
          engine.threads | 10000 | 0 to 1024
          kv.page-tokens | 1000000000 | 1 to 256
          kv.page-tokens | many | 1 to 256
          request.max-bytes | -1 | 64 to 67108864
          request.max-tokens | 0 | 1 to 1048576
          checkpoint.interval | 0 | 10 ms to 1 d
          checkpoint.interval | soon | 10 ms to 1 d
          kv.memory | 0 | 1 kb to 16 tb
          kv.shared-memory | 17 tb | 0 bytes to 16 tb
          kv.retention | 40000 d | 0 ms to 36500 d
          kv.state-limit | 1025 tb | 0 bytes to 1024 tb
          kv.shared-scope | tenant | all or user
          template.system-position | middle | last or first
          context.overflow-action | drop-newest | refuse or drop-oldest
          template.tools | words | refuse or prompt
          model.template | v4 | auto, strict, v1, v2, v3 or v7
          kv.type | F16 | f32, f16 or q8_0
          model.window | 0 | auto, none or 1 to 1048576
          kafka.completions-delivery | at-most-once | exactly-once or at-least-once
          kafka.reply-topics | replies-( | a regular expression of 1 to 1000 characters
          kafka.starting-offsets | middle | committed, earliest or latest
          kafka.topic.tokens | a b | 1 to 249 letters, digits, dots, underscores and hyphens
          kafka.bootstrap-servers | broker | host:port, separated by commas
          checkpoint.unaligned | ja | true or false
          job.max-parallelism | 40000 | 1 to 32768
          """)
  void aRefusalHasNameValueAndWhatIsAllowed(String name, String value, String allowed) {
    refuses(
        "option %s cannot be \"%s\": it must be %s".formatted(name, value, allowed),
        "--%s=%s".formatted(name, value));
  }

  @Test
  void noTwoTopicsAreTheSame() {
    List<String> topics = List.of("prompts", "completions", "tokens", "dead-letters", "blocked");
    for (String one : topics) {
      for (String other : topics) {
        if (!one.equals(other)) {
          assertThatIllegalArgumentException()
              .isThrownBy(() -> parse("--kafka.topic.%s=%s".formatted(one, other)))
              .withMessageContainingAll("kafka.topic." + one, "kafka.topic." + other);
        }
      }
    }
  }

  @Test
  void aTransactionOutlivesACheckpoint() {
    refuses(
        "option kafka.transaction-timeout cannot be 1 min where checkpoint.interval is 1 min:"
            + " answers would be lost; it must be 90 s or more",
        "--checkpoint.interval=1 min",
        "--kafka.transaction-timeout=1 min");
    parse("--checkpoint.interval=1 min", "--kafka.transaction-timeout=90 s");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> parse("--checkpoint.interval=1 min", "--kafka.transaction-timeout=89999 ms"));
  }

  @Test
  void propertiesOfKafkaAreChecked() {
    refuses(
        "option kafka.property.isolation.level cannot be set: the job sets it itself (it is"
            + " read_committed)",
        "--kafka.property.isolation.level=read_uncommitted");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--kafka.property.linger.ms=soon"))
        .withMessageContainingAll("kafka.property.linger.ms", "soon");
    assertThatIllegalArgumentException()
        .as("a number that it is, but not one of those allowed")
        .isThrownBy(() -> parse("--kafka.property.linger.ms=-1"))
        .withMessageContainingAll("kafka.property.linger.ms is wrong", "-1");
    assertThat(KafkaPropertyCheck.warnings(Map.of("securty.protocol", "SSL", "retries", "3")))
        .containsExactly(
            "kafka.property.securty.protocol: Kafka's clients have no property"
                + " securty.protocol; did you mean security.protocol?");
  }

  @Test
  void readsAddressesOfBrokers() {
    assertThat(BrokerAddress.list("a:1, [::1]:9092,PLAINTEXT://b.c:65535"))
        .containsExactly(
            new BrokerAddress("a", 1),
            new BrokerAddress("[::1]", 9092),
            new BrokerAddress("b.c", 65535));
    assertThat(Stream.of("", "a", "a:", "a:1,", "a:1 b:2", "a:0", "a:70000"))
        .noneMatch(BrokerAddress::isList);
  }

  private static void refuses(String message, String... arguments) {
    assertThatIllegalArgumentException().isThrownBy(() -> parse(arguments)).withMessage(message);
  }

  private static void parse(String... arguments) {
    JobArguments.parse(Map.of(), arguments);
  }
}
