package io.flinkmistral.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import io.flinkmistral.jobs.cluster.process.JobJar;
import io.flinkmistral.jobs.cluster.process.ProcessCluster;
import io.flinkmistral.jobs.sql.SqlJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A SQL script in the hands of {@code flink run}, on processes of their own. */
@Timeout(480)
class SqlRunIT {
  private static final String SCRIPT =
      """
      CREATE TEMPORARY VIEW reviews AS SELECT * FROM (VALUES
        (1, 'I love this lamp.'), (2, 'I want a refund for this flight.')) AS v(id, review);
      CREATE MODEL sentiment INPUT (review STRING) OUTPUT (label STRING)
      WITH ('provider' = 'mistral', 'task' = 'classify', 'labels' = 'positive, negative',
        'prompt' = 'Classify the sentiment: {{review}}');
      CREATE TEMPORARY TABLE labels (id INT, label STRING)
      WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '%s');
      SELECT id, label FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(review));
      SET 'table.dml-sync' = 'true';
      EXECUTE STATEMENT SET BEGIN
      INSERT INTO labels SELECT id, CASE WHEN id = 1 THEN label ELSE 'no' END
      FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(review));
      END;
      """;

  @TempDir private Path folder;

  @Test
  void rowsArePrintedAndTablesAreWrittenAndTheModelGoes() throws Exception {
    Path labels = folder.resolve("labels");
    Path script = Files.writeString(folder.resolve("job.sql"), SCRIPT.formatted(labels.toUri()));
    try (ProcessCluster cluster =
        ProcessCluster.start(Files.createDirectory(folder.resolve("flink")), new Configuration())) {
      ClusterProcess worker = cluster.startTaskManager("worker", 1);
      cluster.awaitFreeSlots(1);
      assertThat(run(cluster, "--script", script.toString()))
          .contains("{\"id\":1,\"label\":\"positive\"}", "{\"id\":2,\"label\":\"negative\"}");
      assertThat(written(labels))
          .containsExactlyInAnyOrder(
              "{\"id\":1,\"label\":\"positive\"}", "{\"id\":2,\"label\":\"no\"}");
      assertThatThrownBy(() -> run(cluster, "--script", folder.resolve("none").toString()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("none");
      // Of each job's class loader, a while after its last use, when that loader is gone.
      int loaded = worker.log().linesWith(": loaded model ").size();
      assertThat(loaded).isPositive();
      cluster.await(
          "models are released",
          Duration.ofMinutes(4),
          () -> worker.log().linesWith(": released model ").size() == loaded);
    }
  }

  private static List<String> run(ProcessCluster cluster, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("-c", SqlJob.class.getName()));
    all.add(JobJar.PATH.toString());
    all.addAll(List.of(arguments));
    all.addAll(List.of("--model.path", TinyModel.PATH.toString()));
    return cluster.run(all);
  }

  private static List<String> written(Path table) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(table)) {
      for (Path file : files.toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }
}
