package io.flinkmistral.operator.model;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.weights.LoadListener;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of this process, each loaded once and shared by all who use it.
 *
 * <p>Flink gives each job on each TaskManager a class loader of its own, and so, mostly, a registry
 * of its own. But where this class is on Flink's own class path, all jobs of the process share it,
 * and in a MiniCluster all TaskManagers do. So each model knows the class loaders that it is used
 * under. It outlives its operators: it is there for the next attempt after a failure. It goes when
 * Flink has released the last of those class loaders, or when its files were changed under it: its
 * passes fail then, and the next attempt loads what is there.
 *
 * <p>Functions of tables cannot tell when that is: they lease a model, and it stays for a while
 * after the last lease, so that the next attempt, or the next statement, finds it.
 */
public final class ModelRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(ModelRegistry.class);
  private static final long PROGRESS_NANOS = 1_000_000_000;
  private static final Duration LINGER = Duration.ofMinutes(2);
  private static final Map<ModelSettings, Shared> MODELS = new HashMap<>();

  /**
   * A model.
   *
   * @param users class loaders, and leases
   */
  private record Shared(LanguageModel model, Set<Object> users) {
    Shared(LanguageModel model) {
      this(model, Collections.newSetFromMap(new IdentityHashMap<>()));
    }
  }

  private ModelRegistry() {}

  /** The model of these settings; the first caller loads it while the others wait. */
  public static LanguageModel get(ModelSettings settings, RuntimeContext context)
      throws IOException {
    ClassLoader user = context.getUserCodeClassLoader();
    LanguageModel model = get(settings, user);
    context.registerUserCodeClassLoaderReleaseHookIfAbsent(
        ModelRegistry.class.getName(), () -> release(user));
    return model;
  }

  /**
   * The same for who has no runtime context.
   *
   * @param lease that it is used under, until {@link #end}
   */
  static LanguageModel lease(ModelSettings settings, Object lease) throws IOException {
    return get(settings, lease);
  }

  static void end(Object lease) {
    CompletableFuture.delayedExecutor(LINGER.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> release(lease));
  }

  private static LanguageModel get(ModelSettings settings, Object user) throws IOException {
    synchronized (MODELS) {
      Shared shared = MODELS.get(settings);
      if (shared == null || !shared.model().isOfItsFiles()) {
        shared = loadAnew(settings, Optional.ofNullable(shared));
      }
      shared.users().add(user);
      return shared.model();
    }
  }

  private static Shared loadAnew(ModelSettings settings, Optional<Shared> changed)
      throws IOException {
    MODELS.remove(settings);
    changed.ifPresent(
        old -> {
          LOG.warn("the files of model {} were changed: it is loaded anew", settings.path());
          old.model().close();
        });
    Shared shared = new Shared(load(settings));
    // Those who use the old one fail, and come back for this one.
    changed.ifPresent(old -> shared.users().addAll(old.users()));
    MODELS.put(settings, shared);
    return shared;
  }

  private static LanguageModel load(ModelSettings settings) throws IOException {
    LOG.info("loading model {}", settings.path());
    long start = System.nanoTime();
    LanguageModel model = LanguageModel.load(settings, new LoggedProgress());
    LOG.info(
        "loaded model {} ({}) in {} ms; kernels: {}",
        Excerpt.of(model.name()),
        model.systemFingerprint(),
        (System.nanoTime() - start) / 1_000_000,
        model.kernels());
    model.slowness().ifPresent(LOG::warn);
    return model;
  }

  private static void release(Object user) {
    synchronized (MODELS) {
      MODELS.values().removeIf(shared -> isUnused(shared, user));
    }
  }

  /** Closes the model where nobody is left but {@code leaving}. */
  private static boolean isUnused(Shared shared, Object leaving) {
    shared.users().remove(leaving);
    boolean unused = shared.users().isEmpty();
    if (unused) {
      shared.model().close();
      LOG.info("released model {}", Excerpt.of(shared.model().name()));
    }
    return unused;
  }

  /** Tells the log of warnings, and of progress every second, where it takes as long. */
  private static final class LoggedProgress implements LoadListener {
    private long lastNanos = System.nanoTime();
    private boolean told;

    @Override
    public void prepared(int layers, int ofLayers) {
      long now = System.nanoTime();
      if (now - lastNanos > PROGRESS_NANOS || told && layers == ofLayers) {
        lastNanos = now;
        told = true;
        LOG.info("{} of {} layers are packed", layers, ofLayers);
      }
    }

    @Override
    public void warning(String message) {
      LOG.warn("{}", Excerpt.ofMessage(message));
    }
  }
}
