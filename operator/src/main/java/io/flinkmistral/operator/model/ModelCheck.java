package io.flinkmistral.operator.model;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.options.MistralSettings;
import java.io.IOException;
import org.apache.flink.configuration.ReadableConfig;

/** A look at the options and the model's files before a job is submitted. */
public final class ModelCheck {
  private ModelCheck() {}

  /**
   * Checks the options of the operator, and opens and checks the model that they name.
   *
   * @throws IllegalArgumentException if an option is missing or wrong
   * @throws IOException if a file is missing, cannot be read, or is not what it should be
   */
  public static void check(ReadableConfig options) throws IOException {
    LanguageModel.check(MistralSettings.of(options).model());
  }
}
