package io.flinkmistral.table;

import io.flinkmistral.table.declaration.EngineOptions;
import io.flinkmistral.table.declaration.ModelDeclaration;
import io.flinkmistral.table.declaration.ModelOptions;
import io.flinkmistral.table.prediction.Prediction;
import io.flinkmistral.table.provider.MistralModelProvider;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.ml.ModelProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes providers of declared models. */
public final class MistralModels {
  private static final Logger LOG = LoggerFactory.getLogger(MistralModels.class);

  private MistralModels() {}

  /**
   * Reads and checks a declaration.
   *
   * @throws ValidationException with all that is wrong in one line
   */
  public static ModelProvider provider(ModelProviderFactory.Context context) {
    String name = context.getObjectIdentifier().getObjectName();
    Prediction prediction =
        ModelDeclaration.read(name, context.getCatalogModel(), context.getConfiguration());
    Configuration options = Configuration.fromMap(context.getCatalogModel().getOptions());
    if (options.contains(ModelOptions.RETRY_NUM)) {
      LOG.warn(
          "model {}: option {} has no meaning here: the same row has the same result, however often"
              + " it is asked for",
          name,
          ModelOptions.RETRY_NUM.key());
    }
    return new MistralModelProvider(
        name, prediction, options.getOptional(ModelOptions.TIMEOUT), context.getConfiguration());
  }

  /** All that a declaration may have. */
  public static Set<ConfigOption<?>> options() {
    return Stream.concat(ModelOptions.CHECKED.options().stream(), EngineOptions.all().stream())
        .collect(Collectors.toSet());
  }
}
