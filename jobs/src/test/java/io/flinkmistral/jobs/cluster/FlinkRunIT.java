package io.flinkmistral.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.cluster.process.JobJar;
import io.flinkmistral.jobs.cluster.process.ProcessCluster;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job's jar in the hands of {@code flink run}, whose class loader it looks for brokers with.
 */
@Timeout(240)
class FlinkRunIT {
  @TempDir private Path folder;

  @Test
  void looksForBrokerAndTopicsBeforeItSubmits() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(subfolder("flink"), new Configuration());
        LocalBroker broker = LocalBroker.start(subfolder("kafka"))) {
      String there = broker.bootstrapServers();
      assertRefused(
          cluster, "no broker answers at 127.0.0.1:1", "--kafka.bootstrap-servers=127.0.0.1:1");
      assertRefused(
          cluster,
          "there are no topics prompts, completions, tokens, dead-letters, blocked at " + there,
          "--kafka.bootstrap-servers=" + there);
      broker.node().createTopics(JobArguments.parse(Map.of()));
      assertRefused(
          cluster,
          "option kafka.transaction-timeout is 1200000 ms, but the broker at " + there,
          "--kafka.bootstrap-servers=" + there,
          "--kafka.transaction-timeout=20min");
      assertThat(submit(cluster, "--kafka.bootstrap-servers=" + there)).isNotEmpty();
    }
  }

  private static void assertRefused(ProcessCluster cluster, String reason, String... arguments) {
    assertThatThrownBy(() -> submit(cluster, arguments))
        .isInstanceOf(IOException.class)
        .extracting(refused -> refused.getMessage().lines().findFirst().orElseThrow())
        .asString()
        .startsWith("the job was not submitted: " + reason);
  }

  private static String submit(ProcessCluster cluster, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("--model.path=" + TinyModel.PATH));
    all.addAll(List.of(arguments));
    return cluster.submit(JobJar.PATH, 1, all);
  }

  private Path subfolder(String name) throws IOException {
    return Files.createDirectory(folder.resolve(name));
  }
}
