package io.flinkmistral.table;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.NearestNames;
import io.flinkmistral.table.declaration.EngineOptions;
import io.flinkmistral.table.declaration.ModelOptions;
import io.flinkmistral.table.declaration.TaskReader;
import io.flinkmistral.table.function.ClassifyFunction;
import io.flinkmistral.table.function.ExtractFunction;
import io.flinkmistral.table.function.FunctionSettings;
import io.flinkmistral.table.function.ModerateFunction;
import io.flinkmistral.table.function.SentimentFunction;
import io.flinkmistral.table.function.SummarizeFunction;
import io.flinkmistral.table.function.TextFunction;
import io.flinkmistral.table.function.TextFunctionDefinition;
import io.flinkmistral.task.prompt.TaskLimits;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.ModuleFactory;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.module.Module;

/** Functions over texts, with one model behind them all. */
public final class MistralModule implements Module {
  private static final List<TextFunction> FUNCTIONS =
      List.of(
          new ClassifyFunction(),
          new ExtractFunction(),
          new ModerateFunction(),
          new SentimentFunction(),
          new SummarizeFunction());

  private static final List<ConfigOption<?>> OPTIONS =
      List.of(
          ModelOptions.ERROR_HANDLING,
          ModelOptions.MAX_CONTEXT,
          ModelOptions.CONTEXT_OVERFLOW,
          ModelOptions.TIMEOUT);

  private final FunctionSettings settings;

  private MistralModule(FunctionSettings settings) {
    this.settings = settings;
  }

  /**
   * A module as {@code LOAD MODULE} declares it.
   *
   * @throws ValidationException with what is wrong in one line
   */
  public static MistralModule of(ModuleFactory.Context context) {
    try {
      Set<String> known = new TreeSet<>(Set.of(FactoryUtil.PROPERTY_VERSION.key()));
      options().stream().map(ConfigOption::key).forEach(known::add);
      for (String key : context.getOptions().keySet()) {
        if (!known.contains(key)) {
          throw new IllegalArgumentException(
              "there is no option %s%s"
                  .formatted(Excerpt.of(key), NearestNames.question("", key, known)));
        }
      }
      Configuration options = Configuration.fromMap(context.getOptions());
      ModelOptions.CHECKED.check(options);
      Map<String, String> engine =
          EngineOptions.of(context.getConfiguration(), context.getOptions()).toMap();
      TaskLimits limits = TaskReader.limits(options);
      return new MistralModule(
          new FunctionSettings(
              engine,
              options.getOptional(ModelOptions.TIMEOUT).map(limits::withDeadline).orElse(limits),
              options.get(ModelOptions.ERROR_HANDLING).equals(ModelOptions.FAILOVER)));
    } catch (IllegalArgumentException e) {
      throw new ValidationException("module mistral: " + Excerpt.ofMessage(e.getMessage()));
    }
  }

  /** All that it may be loaded with. */
  public static Set<ConfigOption<?>> options() {
    return Stream.concat(OPTIONS.stream(), EngineOptions.all().stream())
        .collect(Collectors.toSet());
  }

  @Override
  public Set<String> listFunctions() {
    return FUNCTIONS.stream().map(TextFunction::name).collect(Collectors.toSet());
  }

  @Override
  public Optional<FunctionDefinition> getFunctionDefinition(String name) {
    return FUNCTIONS.stream()
        .filter(function -> function.name().equalsIgnoreCase(name))
        .findFirst()
        .map(function -> new TextFunctionDefinition(function, settings));
  }
}
