package io.flinkmistral.table.factory;

import io.flinkmistral.table.MistralModule;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.factories.ModuleFactory;
import org.apache.flink.table.module.Module;

/** Finds {@code LOAD MODULE mistral}. */
public final class MistralModuleFactory implements ModuleFactory {
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
    return RequiredJava.isThere() ? MistralModule.options() : Set.of();
  }

  @Override
  public Module createModule(Context context) {
    RequiredJava.check();
    return MistralModule.of(context);
  }
}
