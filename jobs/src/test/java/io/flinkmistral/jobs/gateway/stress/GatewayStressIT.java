package io.flinkmistral.jobs.gateway.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.util.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Many streams at once, of clients of which half vanish, while gateways and TaskManagers are
 * killed: each request is answered once, what a client was told is that answer or its beginning,
 * who comes again with a key gets it whole, and a gateway's memory stays as it is.
 *
 * <p>Long: {@code mvn -q verify -Dstress.streams=500 -Dstress.minutes=10}; see {@link
 * StressSettings}.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(1800)
class GatewayStressIT {
  private static final Duration TIME_TO_COME_BACK = Duration.ofSeconds(60);
  private static final Duration TIME_TO_END = Duration.ofMinutes(3);
  private static final long MIB = 1 << 20;

  /** Classes and buffers that are there once something was asked for. */
  private static final long ONCE = 8 * MIB;

  private static final long FOR_EACH_STREAM = 64 << 10;
  private static final int SOME_FILES = 40;

  private final StressSettings settings = StressSettings.fromProperties();
  private final Ledger ledger = new Ledger();
  private final AtomicBoolean over = new AtomicBoolean();
  private final Path folder =
      Path.of("target").toAbsolutePath().resolve("gateway-stress-" + settings.seed());

  @Test
  void eachRequestIsAnsweredOnceAndEachStreamIsThatAnswer() throws Exception {
    FileUtils.deleteDirectory(folder.toFile());
    Files.createDirectories(folder);
    try {
      run();
    } catch (Exception | AssertionError e) {
      e.addSuppressed(new IllegalStateException("logs are in " + folder));
      throw e;
    }
    FileUtils.deleteDirectory(folder.toFile());
  }

  private void run() throws Exception {
    try (StressCluster cluster = StressCluster.start(folder)) {
      GatewayMemory memory = new GatewayMemory(cluster.firstGateway());
      memory.look();
      long files = memory.openFiles();
      try (StressClient client =
          new StressClient(cluster.addresses(), ledger, "stress-" + settings.seed())) {
        disturb(cluster, client, memory);
      }
      assertThat(ledger.live()).as("streams that do not end").isEmpty();
      cluster.stopJob();
      TopicsVerdict verdict = TopicsVerdict.of(cluster.bootstrapServers(), ledger.told());
      memory.look();
      // The one line that is for people: it is printed whether or not the run is good.
      System.out.printf(
          "stress: %d streams for %s, %d requests, %d pieces, %d connections broke, %d were sent"
              + " away, %d requests were cancelled, %d blows, a gateway held %s%n",
          settings.streams(),
          settings.time(),
          verdict.requests(),
          ledger.pieces(),
          ledger.broken(),
          ledger.sentAway(),
          verdict.cancelled(),
          settings.blows(),
          memory);
      assertThat(ledger.faults()).isEmpty();
      assertThat(verdict.faults()).isEmpty();
      assertThat(verdict.cancelled()).as("of clients that vanished").isPositive();
      assertThat(ledger.broken()).as("a gateway was killed").isPositive();
      assertThat(memory.most())
          .as("%s", memory)
          .isLessThan(memory.first() + ONCE + settings.streams() * FOR_EACH_STREAM);
      assertThat(memory.last()).as("%s", memory).isLessThan(memory.first() + ONCE);
      assertThat(memory.openFiles()).as("connections").isLessThan(files + SOME_FILES);
    }
  }

  private void disturb(StressCluster cluster, StressClient client, GatewayMemory memory)
      throws Exception {
    List<Future<Void>> clients = new ArrayList<>();
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      for (int i = 0; i < settings.streams(); i++) {
        Callable<Void> asks =
            () -> {
              while (!over.get()) {
                client.ask();
              }
              return null;
            };
        clients.add(threads.submit(asks));
      }
      long begun = System.nanoTime();
      long between = settings.time().dividedBy(settings.blows() + 1).toNanos();
      for (int blow = 1; blow <= settings.blows(); blow++) {
        awaitPieces();
        awaitTime(begun + blow * between);
        strike(cluster, blow);
        memory.look();
      }
      awaitPieces();
      awaitTime(begun + settings.time().toNanos());
      over.set(true);
      threads.shutdown();
      if (!threads.awaitTermination(TIME_TO_END.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException("these streams do not end: " + ledger.live());
      }
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
    for (Future<Void> one : clients) {
      one.get();
    }
  }

  private void strike(StressCluster cluster, int blow) throws Exception {
    if (blow % 2 == 1) {
      cluster.replaceTaskManager();
    } else {
      cluster.replaceGateway();
    }
  }

  /** Whatever was killed before, answers come again. */
  private void awaitPieces() throws InterruptedException {
    assertThat(ledger.awaitPieces(settings.streams(), TIME_TO_COME_BACK))
        .as("%d pieces came, and then no more", ledger.pieces())
        .isTrue();
  }

  /**
   * @param nanos as of {@link System#nanoTime}
   */
  private void awaitTime(long nanos) throws InterruptedException {
    ledger.awaitPieces(Long.MAX_VALUE / 2, Duration.ofNanos(nanos - System.nanoTime()));
  }
}
