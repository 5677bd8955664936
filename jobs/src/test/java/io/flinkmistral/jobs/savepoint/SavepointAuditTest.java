package io.flinkmistral.jobs.savepoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.StateOfConversations.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SavepointAuditTest {
  private static final Path SAVEPOINTS =
      Path.of("../operator/src/test/resources/savepoints").toAbsolutePath();

  /** At work: a queue of two, the first of them being answered. */
  private static final Snapshot SOUND =
      new Snapshot(
          "c",
          true,
          3,
          5,
          new TreeMap<>(Map.of(3L, "r3", 4L, "r4")),
          List.of("r1", "r2"),
          true,
          7,
          50,
          List.of(20, 30),
          "kv",
          1,
          4,
          new TreeMap<>(Map.of(1, 64, 2, 64, 3, 64)));

  @Test
  void findsNothingWhereStateIsSound() {
    assertThat(SavepointAudit.of(List.of(SOUND)).violations()).isEmpty();
  }

  @Test
  void findsWhatIsLeftOfRequests() {
    assertThat(SavepointAudit.of(List.of(SOUND)).leftovers()).hasSize(3);
  }

  @Test
  void findsEachContradiction() {
    TreeMap<Integer, Integer> orphan = new TreeMap<>(SOUND.pages());
    orphan.put(9, 64);
    TreeMap<Integer, Integer> uneven = new TreeMap<>(SOUND.pages());
    uneven.put(2, 63);
    assertOne(with(false, 5, 50, SOUND.queued(), orphanless()), "no header");
    assertOne(with(true, 6, 50, SOUND.queued(), orphanless()), "tickets");
    assertOne(with(true, 5, 51, SOUND.queued(), orphanless()), "50 tokens");
    assertOne(with(true, 5, 50, SOUND.queued(), orphan), "pages [1, 2, 3, 9]");
    assertOne(with(true, 5, 50, SOUND.queued(), uneven), "different sizes");
    assertOne(
        with(true, 5, 50, new TreeMap<>(Map.of(3L, "r3", 4L, "r2")), orphanless()), "answered");
    assertThat(SavepointAudit.of(List.of(SOUND, SOUND)).violations())
        .singleElement()
        .asString()
        .contains("twice");
  }

  @ParameterizedTest
  @CsvSource({"v1, rocksdb", "v2, rocksdb", "v2, hashmap", "v3, rocksdb", "v3, hashmap"})
  void readsSavepointsOfEveryVersion(String version, String stateBackend) throws Exception {
    SavepointAudit audit =
        SavepointAudit.of(
            SAVEPOINTS.resolve(version).toString(),
            new Configuration().set(StateBackendOptions.STATE_BACKEND, stateBackend));
    audit.assertSound();
    assertThat(audit.conversations()).hasSize(2);
    assertThat(audit.leftovers()).isNotEmpty();
    assertThat(audit.conversations().stream().mapToInt(one -> one.pages().size()).sum())
        .isPositive();
  }

  private static Map<Integer, Integer> orphanless() {
    return SOUND.pages();
  }

  private static void assertOne(Snapshot snapshot, String words) {
    assertThat(SavepointAudit.of(List.of(snapshot)).violations())
        .singleElement()
        .asString()
        .contains(words);
  }

  private static Snapshot with(
      boolean hasHeader,
      long queueEnd,
      int headerTokens,
      Map<Long, String> queued,
      Map<Integer, Integer> pages) {
    return new Snapshot(
        SOUND.conversation(),
        hasHeader,
        SOUND.queueHead(),
        queueEnd,
        queued,
        SOUND.answeredIds(),
        SOUND.turnInFlight(),
        SOUND.answerTokens(),
        headerTokens,
        SOUND.historyTokens(),
        SOUND.kv(),
        SOUND.firstPage(),
        SOUND.endPage(),
        pages);
  }
}
