package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.generation.ModelSettings;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.util.MockStreamingRuntimeContext;
import org.junit.jupiter.api.Test;

/** What jobs see of the registry where they share one, as in a MiniCluster. */
class ModelRegistryTest {
  private static final ModelSettings SETTINGS =
      MistralSettings.of(OperatorHarness.options().set(MistralOptions.MODEL_NAME, "registry"))
          .model();

  @Test
  void aModelStaysUntilItsLastUserHasGone() throws Exception {
    try (Job one = new Job();
        Job two = new Job()) {
      LanguageModel model = one.model();
      assertThat(two.model()).isSameAs(model);
      one.release();
      assertThat(two.model()).isSameAs(model);
      two.release();
      assertThat(one.model()).isNotSameAs(model);
      one.release();
    }
  }

  @Test
  void aJobThatTakesItsModelAgainIsOneUser() throws Exception {
    try (Job job = new Job()) {
      LanguageModel model = job.model();
      // Two slots, and two attempts of each.
      for (int i = 0; i < 3; i++) {
        assertThat(job.model()).isSameAs(model);
      }
      job.release();
      assertThat(job.model()).isNotSameAs(model);
      job.release();
    }
  }

  /** A job on a TaskManager: its class loader and the hooks that run when that is released. */
  private static final class Job implements AutoCloseable {
    private final URLClassLoader classLoader = new URLClassLoader(new URL[0]);
    private final Map<String, Runnable> hooks = new HashMap<>();

    /** What an operator of the job gets when it is opened. */
    LanguageModel model() throws IOException {
      return ModelRegistry.get(
          SETTINGS,
          new MockStreamingRuntimeContext(1, 0) {
            @Override
            public ClassLoader getUserCodeClassLoader() {
              return classLoader;
            }

            @Override
            public void registerUserCodeClassLoaderReleaseHookIfAbsent(String name, Runnable hook) {
              hooks.putIfAbsent(name, hook);
            }
          });
    }

    void release() {
      hooks.values().forEach(Runnable::run);
      hooks.clear();
    }

    @Override
    public void close() throws IOException {
      classLoader.close();
    }
  }
}
