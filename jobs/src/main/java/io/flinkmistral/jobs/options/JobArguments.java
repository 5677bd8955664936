package io.flinkmistral.jobs.options;

import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.WrittenList;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.NearestNames;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/**
 * A job's options out of its arguments, {@code --key value} or {@code --key=value}, and out of the
 * environment, where {@code model.path} is {@code FLINK_MISTRAL_MODEL_PATH}. Arguments win.
 */
public final class JobArguments {
  static final String PREFIX = "FLINK_MISTRAL_";

  private final List<ConfigOption<?>> options;
  private final Configuration configuration = new Configuration();

  private JobArguments(List<ConfigOption<?>> options) {
    this.options = options;
  }

  /** Whether the arguments ask for help instead of a job. */
  public static boolean askForHelp(String... arguments) {
    return Arrays.asList(arguments).contains("--help");
  }

  /**
   * @throws IllegalArgumentException if an argument is no option or has a value that is not
   *     allowed, by itself or beside another's; it says which, and what is allowed
   */
  public static Configuration parse(Map<String, String> environment, String... arguments) {
    Configuration parsed = read(OptionTable.options(), environment, arguments);
    ChatJobOptions.check(parsed);
    ModerationOptions.check(parsed);
    MistralOptions.CHECKED.check(parsed);
    return parsed;
  }

  /**
   * The same of a job with other options.
   *
   * @throws IllegalArgumentException if an argument is no option or has a value that is not allowed
   */
  public static Configuration parse(
      CheckedOptions known, Map<String, String> environment, String... arguments) {
    Configuration parsed = read(OptionTable.options(List.of(known)), environment, arguments);
    known.check(parsed);
    KafkaPropertyCheck.check(parsed.get(ChatJobOptions.KAFKA_PROPERTIES));
    return parsed;
  }

  private static Configuration read(
      List<ConfigOption<?>> options, Map<String, String> environment, String... arguments) {
    JobArguments parsed = new JobArguments(options);
    parsed.readEnvironment(environment);
    parsed.readArguments(new ArrayDeque<>(Arrays.asList(arguments)));
    return parsed.configuration;
  }

  /** The variable of the environment that stands for an option. */
  static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /**
   * Variables that are no option are passed over: Kubernetes, for one, puts variables of its own
   * beside ours where a service is called {@code flink-mistral}. So are empty ones, which is how
   * Compose passes a variable on that is not set.
   */
  private void readEnvironment(Map<String, String> environment) {
    for (ConfigOption<?> option : options) {
      String name = variable(option.key());
      if (!OptionTable.isPrefix(option)) {
        Optional.ofNullable(environment.get(name))
            .filter(value -> !value.isEmpty())
            .ifPresent(v -> set(option, option.key(), v));
        continue;
      }
      environment.forEach(
          (variable, value) -> {
            if (variable.startsWith(name + "_")) {
              set(option, option.key() + property(variable, name), value);
            }
          });
    }
  }

  /** Properties of Kafka are words joined by dots: {@code _SSL_TRUSTSTORE_TYPE}. */
  private static String property(String variable, String prefix) {
    return variable.substring(prefix.length()).toLowerCase(Locale.ROOT).replace('_', '.');
  }

  private void readArguments(Deque<String> arguments) {
    while (!arguments.isEmpty()) {
      String argument = arguments.removeFirst();
      if (!argument.startsWith("--")) {
        throw new IllegalArgumentException(
            "\"%s\" is no option: options are --key value or --key=value, see --help"
                .formatted(Excerpt.of(argument)));
      }
      int equals = argument.indexOf('=');
      String key = argument.substring(2, equals < 0 ? argument.length() : equals);
      ConfigOption<?> option = known(key);
      if (equals < 0 && arguments.isEmpty()) {
        throw new IllegalArgumentException("option --" + key + " has no value");
      }
      set(option, key, equals < 0 ? arguments.removeFirst() : argument.substring(equals + 1));
    }
  }

  /** Lists are read here: Flink takes whatever looks like YAML for it, {@code [END]} too. */
  @SuppressWarnings("unchecked") // There are no other lists than those of texts.
  private void set(ConfigOption<?> option, String key, String value) {
    if (option.hasDefaultValue() && option.defaultValue() instanceof List<?>) {
      configuration.set((ConfigOption<List<String>>) option, WrittenList.of(key, value).texts());
    } else {
      configuration.setString(key, value);
    }
  }

  private ConfigOption<?> known(String key) {
    for (ConfigOption<?> option : options) {
      if (OptionTable.isPrefix(option)
          ? key.startsWith(option.key() + ".")
          : key.equals(option.key())) {
        return option;
      }
    }
    throw new IllegalArgumentException(
        "there is no option --%s%s".formatted(Excerpt.of(key), suggestion(key)));
  }

  private String suggestion(String key) {
    List<String> names =
        Stream.concat(options.stream().map(ConfigOption::key), Stream.of("help")).toList();
    String question = NearestNames.question("--", key, names);
    return question.isEmpty() ? "; all are in --help" : question + " All are in --help";
  }
}
