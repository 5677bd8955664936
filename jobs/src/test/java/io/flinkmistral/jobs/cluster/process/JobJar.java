package io.flinkmistral.jobs.cluster.process;

import java.nio.file.Path;

/** The job's jar, which the build made before. */
public final class JobJar {
  public static final Path PATH = Path.of(System.getProperty("job.jar"));

  private JobJar() {}
}
