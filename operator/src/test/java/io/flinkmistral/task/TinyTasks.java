package io.flinkmistral.task;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.weights.LoadListener;
import java.io.IOException;

/** The small model, for tests of tasks. */
public final class TinyTasks {
  public static final StatelessSettings SETTINGS =
      new StatelessSettings(new BatchLimits(8, 64), 64L << 20, 60, 1000);

  private TinyTasks() {}

  public static LanguageModel model() throws IOException {
    return LanguageModel.load(
        ModelSettings.of(TinyMistral.file().toString()).withThreads(1), LoadListener.NONE);
  }
}
