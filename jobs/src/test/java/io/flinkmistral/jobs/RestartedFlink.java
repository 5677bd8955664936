package io.flinkmistral.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.local.LocalFlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.runtime.jobmaster.JobResult;

/** Flink of which checkpoints are left when it goes in the middle of a job, for another one. */
public final class RestartedFlink {
  private RestartedFlink() {}

  public static LocalFlink start(Path folder, int slots, Configuration options) throws Exception {
    return LocalFlink.start(
        folder,
        slots,
        new Configuration(options)
            .set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION));
  }

  /**
   * What is left when the cluster is gone.
   *
   * @param folder that it was started with
   */
  public static String lastCheckpoint(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("checkpoints"))) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(Path::getParent)
          .max(
              Comparator.comparingInt(
                  path -> Integer.parseInt(path.getFileName().toString().substring(4))))
          .orElseThrow()
          .toUri()
          .toString();
    }
  }

  /** The job has to end well. */
  public static void awaitEnd(LocalFlink.Submitted job) throws Exception {
    JobResult result = job.result().get();
    assertThat(result.getSerializedThrowable()).isEmpty();
    assertThat(result.getJobStatus()).contains(JobStatus.FINISHED);
  }
}
