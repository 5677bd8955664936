package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessSettings;
import java.io.IOException;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.configuration.ReadableConfig;

/**
 * The model that all slots of this process share, for functions that keep no conversations: one in
 * memory, and one batch.
 *
 * @param settings that the options make for such functions
 */
public record SharedModel(LanguageModel model, StatelessSettings settings) {
  /**
   * Of a function of streams; the first one loads it while the others wait. It goes with the job's
   * class loader.
   *
   * @param options of {@link MistralOptions}
   * @throws IllegalArgumentException if an option is missing or wrong
   * @throws IOException if the model cannot be read
   */
  public static SharedModel of(ReadableConfig options, RuntimeContext context) throws IOException {
    MistralSettings settings = MistralSettings.of(options);
    return new SharedModel(ModelRegistry.get(settings.model(), context), stateless(settings));
  }

  /** Use of a model until it is closed; the model stays for a while after the last use. */
  public static final class Lease implements AutoCloseable {
    private final SharedModel model;

    private Lease(MistralSettings settings) throws IOException {
      this.model =
          new SharedModel(ModelRegistry.lease(settings.model(), this), stateless(settings));
    }

    public SharedModel model() {
      return model;
    }

    @Override
    public void close() {
      ModelRegistry.end(this);
    }
  }

  /** Of a function of tables, which is not told of the job's end. */
  public static Lease lease(ReadableConfig options) throws IOException {
    return new Lease(MistralSettings.of(options));
  }

  private static StatelessSettings stateless(MistralSettings settings) {
    return new StatelessSettings(
        settings.batch(),
        settings.kvBytes(),
        settings.maxTokens(),
        settings.limits().mostPromptTokens());
  }
}
