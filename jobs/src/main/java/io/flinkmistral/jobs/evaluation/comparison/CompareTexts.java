package io.flinkmistral.jobs.evaluation.comparison;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.evaluation.TextComparison;
import io.flinkmistral.evaluation.statistics.NextTokens;
import io.flinkmistral.jobs.Failures;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.OptionTable;
import io.flinkmistral.operator.options.Allowed;
import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.weights.LoadListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;

/**
 * Shows what two models of one tokenizer expect next in a text: perplexities, and how far they are
 * apart.
 *
 * <pre>{@code
 * java -cp flink-mistral-jobs-*.jar:flink/lib/* \
 *   io.flinkmistral.jobs.evaluation.comparison.CompareTexts \
 *   --first mistral-7b.F16.gguf --second mistral-7b.Q4_0.gguf --text wiki.test.raw
 * }</pre>
 */
public final class CompareTexts {
  /** All options. */
  public static final CheckedOptions CHECKED = new CheckedOptions();

  static {
    CHECKED.addFrom(
        MistralOptions.CHECKED,
        option ->
            Set.<ConfigOption<?>>of(
                    MistralOptions.THREADS,
                    MistralOptions.KERNELS,
                    MistralOptions.KV_TYPE,
                    MistralOptions.KV_MEMORY,
                    MistralOptions.MODEL_WINDOW,
                    MistralOptions.PREFILL_CHUNK)
                .contains(option));
  }

  static final ConfigOption<String> FIRST =
      file("first", "Model file (.gguf) or folder, whose distribution the divergence is from.");

  static final ConfigOption<String> SECOND =
      file("second", "Model file or folder, whose distribution the divergence is to.");

  static final ConfigOption<String> TEXT = file("text", "File of text, in UTF-8.");

  static final ConfigOption<Integer> CHUNK_TOKENS =
      CHECKED.add(
          ConfigOptions.key("chunk-tokens")
              .intType()
              .defaultValue(512)
              .withDescription(
                  "Tokens of a chunk of the text, of which the second half is looked at."),
          Allowed.numbers(4, 1 << 20));

  static final ConfigOption<Integer> CHUNKS =
      CHECKED.add(
          ConfigOptions.key("chunks")
              .intType()
              .defaultValue(0)
              .withDescription("Most chunks of the text's beginning; 0 for all."),
          Allowed.numbers(0, Integer.MAX_VALUE));

  private CompareTexts() {}

  private static ConfigOption<String> file(String key, String meaning) {
    return CHECKED.add(
        ConfigOptions.key(key).stringType().noDefaultValue().withDescription(meaning),
        Allowed.line(4096));
  }

  public static void main(String[] arguments) {
    if (JobArguments.askForHelp(arguments)) {
      System.out.print(
          "Shows what two models expect next in a text:\n" + OptionTable.help(List.of(CHECKED)));
      return;
    }
    try {
      System.out.print(
          NextTokensText.of(figures(JobArguments.parse(CHECKED, Map.of(), arguments))));
    } catch (IllegalArgumentException | IOException e) {
      System.err.println(Failures.line(e));
      System.exit(1);
    }
  }

  static NextTokens.Figures figures(Configuration options) throws IOException {
    TextComparison comparison = new TextComparison(options.get(CHUNK_TOKENS), options.get(CHUNKS));
    String text = Files.readString(Path.of(required(options, TEXT)));
    MistralSettings first = settings(options, FIRST);
    MistralSettings second = settings(options, SECOND);
    LanguageModel one = LanguageModel.load(first.model(), LoadListener.NONE);
    try (one) {
      LanguageModel other = LanguageModel.load(second.model(), LoadListener.NONE);
      try (other) {
        return comparison.of(text, one, other, first.stateless());
      }
    }
  }

  private static MistralSettings settings(Configuration options, ConfigOption<String> model) {
    Configuration own = new Configuration(options);
    return MistralSettings.of(own.set(MistralOptions.MODEL_PATH, required(options, model)));
  }

  private static String required(Configuration options, ConfigOption<String> option) {
    return options
        .getOptional(option)
        .orElseThrow(
            () -> new IllegalArgumentException("option %s is missing".formatted(option.key())));
  }
}
