package io.flinkmistral.table.factory;

import io.flinkmistral.table.MistralModels;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.ml.ModelProvider;

/** Finds provider {@code mistral} of {@code CREATE MODEL} statements. */
public final class MistralModelProviderFactory implements ModelProviderFactory {
  private static final String IDENTIFIER = "mistral";

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return RequiredJava.isThere() ? MistralModels.options() : Set.of();
  }

  @Override
  public ModelProvider createModelProvider(Context context) {
    RequiredJava.check();
    return MistralModels.provider(context);
  }
}
