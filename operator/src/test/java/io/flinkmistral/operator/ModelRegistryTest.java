package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.operator.model.ModelRegistry;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.weights.MalformedModelException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.util.MockStreamingRuntimeContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void aModelWhoseFileWasOverwrittenIsLoadedAnew(@TempDir Path folder) throws Exception {
    Path file = Files.copy(TinyMistral.file(), folder.resolve("model.gguf"));
    ModelSettings settings = ModelSettings.of(file.toString()).withThreads(1);
    try (Job one = new Job();
        Job two = new Job()) {
      LanguageModel model = one.model(settings);
      assertThat(two.model(settings)).isSameAs(model);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1));
      LanguageModel anew = one.model(settings);
      assertThat(anew).isNotSameAs(model);
      assertThat(two.model(settings)).isSameAs(anew);
      Files.write(file, new byte[10]);
      assertThatThrownBy(() -> one.model(settings)).isInstanceOf(MalformedModelException.class);
      Files.copy(TinyMistral.file(), file, StandardCopyOption.REPLACE_EXISTING);
      assertThat(one.model(settings)).isNotSameAs(anew);
      one.release();
      two.release();
    }
  }

  /** A job on a TaskManager: its class loader and the hooks that run when that is released. */
  private static final class Job implements AutoCloseable {
    private final URLClassLoader classLoader = new URLClassLoader(new URL[0]);
    private final Map<String, Runnable> hooks = new HashMap<>();

    /** What an operator of the job gets when it is opened. */
    LanguageModel model() throws IOException {
      return model(SETTINGS);
    }

    LanguageModel model(ModelSettings settings) throws IOException {
      return ModelRegistry.get(
          settings,
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
