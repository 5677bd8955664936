package io.flinkmistral.table.declaration;

import io.flinkmistral.operator.options.MistralOptions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;

/**
 * How a model is loaded and computes: the operator's own options. They stand in {@code CREATE
 * MODEL}, or hold for all models of a session as {@code SET 'mistral.model.path' = '..'}. Models
 * with equal ones are one in memory.
 */
public final class EngineOptions {
  /** Before keys of a session. */
  public static final String SESSION_PREFIX = "mistral.";

  public static final ConfigOption<String> MODEL_PATH = MistralOptions.MODEL_PATH;

  private static final List<ConfigOption<?>> ALL =
      List.of(
          MODEL_PATH,
          MistralOptions.MODEL_NAME,
          MistralOptions.MODEL_TEMPLATE,
          MistralOptions.SYSTEM_POSITION,
          MistralOptions.MODEL_WINDOW,
          MistralOptions.THREADS,
          MistralOptions.KERNELS,
          MistralOptions.KV_TYPE,
          MistralOptions.KV_PAGE_TOKENS,
          MistralOptions.KV_MEMORY,
          MistralOptions.KV_SHARED_MEMORY,
          MistralOptions.KV_SHARED_SALT,
          MistralOptions.CONTEXT_LIMIT,
          MistralOptions.MAX_TOKENS,
          MistralOptions.MAX_CONVERSATIONS,
          MistralOptions.PREFILL_CHUNK);

  private EngineOptions() {}

  public static List<ConfigOption<?>> all() {
    return ALL;
  }

  /**
   * What a session says for all models.
   *
   * @throws IllegalArgumentException if an option is not allowed
   */
  public static Map<String, String> ofSession(ReadableConfig session) {
    Map<String, String> said = new TreeMap<>();
    for (ConfigOption<?> option : ALL) {
      session
          .getOptional(text(SESSION_PREFIX + option.key()))
          .ifPresent(value -> said.put(option.key(), value));
    }
    MistralOptions.CHECKED.check(Configuration.fromMap(said));
    return said;
  }

  /**
   * A model's options, with the session's where it says nothing.
   *
   * @throws IllegalArgumentException if an option is not allowed, or no model is named
   */
  public static Configuration of(ReadableConfig session, Map<String, String> model) {
    Set<String> keys = ALL.stream().map(ConfigOption::key).collect(Collectors.toSet());
    Map<String, String> said = new TreeMap<>(ofSession(session));
    model.forEach(
        (key, value) -> {
          if (keys.contains(key)) {
            said.put(key, value);
          }
        });
    if (!said.containsKey(MODEL_PATH.key())) {
      throw new IllegalArgumentException(
          "option %s is missing: it names the model file or folder, in WITH or as SET '%s%s' = '..'"
              .formatted(MODEL_PATH.key(), SESSION_PREFIX, MODEL_PATH.key()));
    }
    Configuration options = Configuration.fromMap(said);
    MistralOptions.CHECKED.check(options);
    return options;
  }

  private static ConfigOption<String> text(String key) {
    return ConfigOptions.key(key).stringType().noDefaultValue();
  }
}
