package io.flinkmistral.operator;

import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.generation.ModelSettings;
import io.flinkmistral.weights.LoadListener;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of this process, each loaded once and shared by all slots of a job.
 *
 * <p>Flink gives each job a class loader of its own, and so a registry of its own. A model outlives
 * its operators: it is there for the next attempt after a failure. It goes when Flink releases the
 * job's class loader.
 */
final class ModelRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(ModelRegistry.class);
  private static final long PROGRESS_NANOS = 1_000_000_000;
  private static final Map<ModelSettings, LanguageModel> MODELS = new HashMap<>();

  private ModelRegistry() {}

  /** The model of these settings; the first caller loads it while the others wait. */
  static LanguageModel get(ModelSettings settings, RuntimeContext context) throws IOException {
    synchronized (MODELS) {
      LanguageModel model = MODELS.get(settings);
      if (model == null) {
        model = load(settings);
        MODELS.put(settings, model);
      }
      context.registerUserCodeClassLoaderReleaseHookIfAbsent(
          ModelRegistry.class.getName(), ModelRegistry::releaseAll);
      return model;
    }
  }

  private static LanguageModel load(ModelSettings settings) throws IOException {
    LOG.info("loading model {}", settings.path());
    long start = System.nanoTime();
    LanguageModel model = LanguageModel.load(settings, new LoggedProgress());
    LOG.info(
        "loaded model {} ({}) in {} ms",
        model.name(),
        model.systemFingerprint(),
        (System.nanoTime() - start) / 1_000_000);
    return model;
  }

  private static void releaseAll() {
    synchronized (MODELS) {
      MODELS.values().forEach(LanguageModel::close);
      MODELS.clear();
    }
  }

  /** Tells the log of warnings, and of progress every second. */
  private static final class LoggedProgress implements LoadListener {
    private long lastNanos = System.nanoTime();

    @Override
    public void prepared(int layers, int ofLayers) {
      long now = System.nanoTime();
      if (now - lastNanos > PROGRESS_NANOS) {
        lastNanos = now;
        LOG.info("{} of {} layers are ready", layers, ofLayers);
      }
    }

    @Override
    public void warning(String message) {
      LOG.warn("{}", message);
    }
  }
}
