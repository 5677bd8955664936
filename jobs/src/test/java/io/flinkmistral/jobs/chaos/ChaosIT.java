package io.flinkmistral.jobs.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.savepoint.SavepointAudit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Whatever is killed, and whenever: each request is answered once, with the words of an undisturbed
 * run (or, where it was cancelled or ran out of time, with their beginning), and nothing of it is
 * left in state but the conversations.
 *
 * <p>Long, and with other moments: {@code mvn -q verify -Dchaos=long -Dchaos.seed=7}; see {@link
 * ChaosSettings}.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(1800)
class ChaosIT {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final String CHECKPOINT_INTERVAL = "500ms";

  /** Most requests that are under way: four rounds of what the three slots decode together. */
  private static final int MOST_AHEAD = 48;

  private final ChaosSettings settings = ChaosSettings.fromProperties();
  private final List<ChaosRequest> requests = ChaosRequest.of(settings);
  private final Path folder = TARGET.resolve("chaos-" + settings.seed());

  /**
   * What a run has left behind.
   *
   * @param savepoint that it was stopped with
   * @param openTransactions that nobody will end
   */
  private record Outcome(
      Verdict verdict, String savepoint, List<TransactionListing> openTransactions) {}

  @Test
  void eachRequestIsAnsweredOnceAndAsIfNothingHadHappened() throws Exception {
    UndisturbedRun undisturbed = UndisturbedRun.of(requests);
    FileUtils.deleteDirectory(folder.toFile());
    Files.createDirectories(folder);
    try (Journal journal = new Journal(TARGET.resolve("chaos-%d.log".formatted(settings.seed())))) {
      journal.note("%s, %d pieces", settings, undisturbed.pieces());
      Outcome outcome = disturb(undisturbed, journal);
      Verdict verdict = outcome.verdict();
      journal.note("%s; %d were cut", verdict.line(), verdict.cut().size());
      // The one line that is for people: it is printed whether or not the run is good.
      System.out.println(verdict.line());
      assertThat(verdict.faults()).as("logs are in %s", folder).isEmpty();
      assertThat(outcome.openTransactions()).as("they would hold back answers").isEmpty();
      SavepointAudit audit = SavepointAudit.of(outcome.savepoint());
      audit.assertSound().assertAtRest();
      assertThat(audit.conversations()).hasSize((int) ChaosRequest.conversations(requests));
    } catch (Exception | AssertionError e) {
      e.addSuppressed(new IllegalStateException("logs are in " + folder));
      throw e;
    }
    FileUtils.deleteDirectory(folder.toFile());
  }

  private Outcome disturb(UndisturbedRun undisturbed, Journal journal) throws Exception {
    try (ChaosCluster cluster = ChaosCluster.start(folder, CHECKPOINT_INTERVAL);
        ChatReader reader = new ChatReader(cluster.bootstrapServers());
        Load load = new Load(cluster.bootstrapServers(), requests, ahead());
        Observer observer =
            new Observer(
                reader,
                new LogTail(cluster.jobManagerLog()),
                undisturbed.pieces(),
                requests.size())) {
      journal.note("started");
      new Chaos(cluster, reader.transcript(), load, observer, journal)
          .run(ChaosPlan.of(settings), new Random(settings.seed()), requests.size());
      String savepoint = cluster.stop();
      journal.note("stopped with %s", savepoint);
      reader.readToEnd();
      Verdict verdict =
          Verdict.of(
              settings.seed(),
              settings.kills(),
              undisturbed.answers(),
              ChaosRequest.mayBeCut(requests),
              reader.transcript());
      return new Outcome(verdict, savepoint, openTransactions(cluster));
    }
  }

  /** So few that a small run is not over before it can be disturbed. */
  private int ahead() {
    return Math.clamp(requests.size() / 10, 1, MOST_AHEAD);
  }

  private static List<TransactionListing> openTransactions(ChaosCluster cluster) throws Exception {
    try (Admin admin =
        Admin.create(
            Map.<String, Object>of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrapServers()))) {
      return List.copyOf(
          admin
              .listTransactions(
                  new ListTransactionsOptions()
                      .filterStates(
                          List.of(
                              TransactionState.ONGOING,
                              TransactionState.PREPARE_COMMIT,
                              TransactionState.PREPARE_ABORT)))
              .all()
              .get());
    }
  }
}
