package io.flinkmistral.jobs;

import io.flinkmistral.operator.model.ModelCheck;
import io.flinkmistral.operator.options.MistralOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;

/** The model of a job, as far as it can be checked where the job is submitted. */
public final class SubmittedModel {
  private SubmittedModel() {}

  /**
   * Checks it where it is on this machine, else its TaskManagers do; and names it by its whole
   * path, since they stand in folders of their own.
   *
   * @param path what option {@code model.path} says
   * @throws IOException if its files are not what they should be
   */
  public static void check(Configuration options, String path) throws IOException {
    options.set(MistralOptions.MODEL_PATH, Path.of(path).toAbsolutePath().toString());
    if (Files.exists(Path.of(path))) {
      ModelCheck.check(options);
    } else {
      System.err.println(path + " is not on this machine; the TaskManagers will look for it");
    }
  }
}
