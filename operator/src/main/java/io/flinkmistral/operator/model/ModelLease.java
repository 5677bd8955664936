package io.flinkmistral.operator.model;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import java.io.IOException;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Use of the model that all slots of this process share, by who is not told of the job's end: a
 * function of tables. The model stays for a while after the last use.
 */
public final class ModelLease implements AutoCloseable {
  private final LanguageModel model;
  private final StatelessSettings settings;

  private ModelLease(MistralSettings settings) throws IOException {
    this.model = ModelRegistry.lease(settings.model(), this);
    this.settings = settings.stateless();
  }

  /**
   * Begins a use; the first one loads the model while others wait.
   *
   * @param options of {@link MistralOptions}
   * @throws IllegalArgumentException if an option is missing or wrong
   * @throws IOException if the model cannot be read
   */
  public static ModelLease take(ReadableConfig options) throws IOException {
    return new ModelLease(MistralSettings.of(options));
  }

  public LanguageModel model() {
    return model;
  }

  /** What the options make for callers that keep no conversations. */
  public StatelessSettings settings() {
    return settings;
  }

  @Override
  public void close() {
    ModelRegistry.end(this);
  }
}
