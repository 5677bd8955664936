package io.flinkmistral.jobs.recovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.savepoint.SavepointAudit;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job is killed or stopped while it writes answers, and must then have answered as if nothing
 * had happened: each request once, with the text and the usage of an undisturbed run. When to
 * disturb it is decided by what has been streamed so far.
 */
@Timeout(240)
class RecoveryTest {
  private static final List<StoryRequest> REQUESTS = StoryRequest.ofConversations(24);

  /** More than all slots take at once; a good part takes longer to write than to be seen. */
  private static final int WAVE = 12;

  private static final int KILLS = 2;
  private static final byte[] HOSTILE =
      """
      {"request_id": "hostile", "conversation_id": "story-3", "max_tokens": -1,
       "messages": [{"role": "user", "content": "Hi"}]}\
      """
          .getBytes(UTF_8);

  @TempDir static Path folder;
  @TempDir static Path brokerFolder;

  private static LocalBroker broker;
  private static RecoveryCluster cluster;
  private static Transcript undisturbed;

  @BeforeAll
  static void runUndisturbed() throws Exception {
    broker = LocalBroker.start(brokerFolder);
    cluster = RecoveryCluster.start(folder);
    try (ChatTopics topics = new ChatTopics(broker, "undisturbed")) {
      RunningJob job = cluster.submit(topics.options(16), 2, Optional.empty());
      topics.send(REQUESTS);
      topics.await("all answers", job, seen -> seen.completions() >= REQUESTS.size());
      job.stop(SavepointFormatType.NATIVE);
      undisturbed = topics.readToEnd();
    }
    assertThat(undisturbed.answers()).hasSize(REQUESTS.size());
    assertThat(undisturbed.repeatedPieces()).isZero();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.stop();
    broker.close();
  }

  @Test
  void answersOnceAndTheSameWhenTaskManagersAreKilled() throws Exception {
    try (ChatTopics topics = new ChatTopics(broker, "killed")) {
      // More slots than one TaskManager has: each kill hits the job.
      RunningJob job = cluster.submit(topics.options(3), 3, Optional.empty());
      Waves waves = wavesAndSomethingHostile(topics, WAVE);
      for (int kill = 0; kill < KILLS; kill++) {
        waves.awaitMidAnswer(job);
        long restarts = job.restarts();
        cluster.replaceTaskManager();
        topics.await("another attempt", job, seen -> job.restarts() > restarts);
        topics.attemptBegins();
      }
      waves.awaitAllAnswers(job);
      job.stop(SavepointFormatType.NATIVE);
      assertAsUndisturbed(topics);
    }
  }

  @Test
  void answersOnceAndTheSameWhenStoppedAndResumedWithOtherParallelism() throws Exception {
    try (ChatTopics topics = new ChatTopics(broker, "rescaled")) {
      RunningJob one = cluster.submit(topics.options(3), 1, Optional.empty());
      Waves waves = wavesAndSomethingHostile(topics, WAVE);
      waves.awaitMidAnswer(one);
      String first = one.stop(SavepointFormatType.CANONICAL);
      SavepointAudit.of(first).assertSound();
      topics.attemptBegins();

      RunningJob three = cluster.submit(topics.options(3), 3, Optional.of(first));
      waves.awaitMidAnswer(three);
      String second = three.stop(SavepointFormatType.NATIVE);
      topics.attemptBegins();

      RunningJob two = cluster.submit(topics.options(3), 2, Optional.of(second));
      waves.awaitAllAnswers(two);
      SavepointAudit.of(two.stop(SavepointFormatType.CANONICAL)).assertSound().assertAtRest();
      assertAsUndisturbed(topics);
    }
  }

  /**
   * The source sends more than the slots take in, so that checkpoints overtake requests that are
   * under way, and hold them.
   */
  @Test
  void answersOnceAndTheSameWhenRescaledFromUnalignedCheckpointsUnderBackpressure()
      throws Exception {
    try (ChatTopics topics = new ChatTopics(broker, "unaligned")) {
      Configuration options =
          topics.options(2, "--queue.requests=3", "--checkpoint.unaligned=true");
      RunningJob one = cluster.submit(options, 1, Optional.empty());
      Waves waves = wavesAndSomethingHostile(topics, 2 * WAVE);
      waves.awaitMidAnswer(one);
      CompletedCheckpointStats first =
          cancelAfterCheckpoint(topics, one, stats -> stats.getPersistedData() > 0);
      assertThat(first.getPersistedData()).as("bytes of requests under way").isPositive();

      RunningJob three = cluster.submit(options, 3, Optional.of(first.getExternalPath()));
      waves.awaitMidAnswer(three);
      CompletedCheckpointStats second = cancelAfterCheckpoint(topics, three, _ -> true);

      RunningJob two = cluster.submit(options, 2, Optional.of(second.getExternalPath()));
      waves.awaitAllAnswers(two);
      two.stop(SavepointFormatType.NATIVE);
      assertAsUndisturbed(topics);
    }
  }

  @Test
  void answersOnceAndTheSameWhenMovedToAnotherStateBackendAndBack() throws Exception {
    try (ChatTopics topics = new ChatTopics(broker, "moved")) {
      Configuration options = topics.options(3);
      RunningJob heap = cluster.submit(options, 2, Optional.empty(), "hashmap");
      Waves waves = wavesAndSomethingHostile(topics, WAVE);
      waves.awaitMidAnswer(heap);
      String first = heap.stop(SavepointFormatType.CANONICAL);
      topics.attemptBegins();

      RunningJob rocks = cluster.submit(options, 2, Optional.of(first), "rocksdb");
      waves.awaitMidAnswer(rocks);
      String second = rocks.stop(SavepointFormatType.CANONICAL);
      topics.attemptBegins();

      RunningJob heapAgain = cluster.submit(options, 2, Optional.of(second), "hashmap");
      waves.awaitAllAnswers(heapAgain);
      heapAgain.stop(SavepointFormatType.NATIVE);
      assertAsUndisturbed(topics);
    }
  }

  @Test
  void refusesASavepointOfAnotherMaximumParallelism() throws Exception {
    try (ChatTopics topics = new ChatTopics(broker, "groups")) {
      RunningJob job = cluster.submit(topics.options(3), 1, Optional.empty());
      topics.send(REQUESTS.subList(0, 1));
      topics.await("an answer", job, seen -> seen.completions() >= 1);
      String savepoint = job.stop(SavepointFormatType.CANONICAL);
      Configuration fewer = topics.options(3, "--job.max-parallelism=64");
      assertThat(cluster.submit(fewer, 1, Optional.of(savepoint)).failure())
          .contains("max parallelism 128 to new program with max parallelism 64");
    }
  }

  private static Waves wavesAndSomethingHostile(ChatTopics topics, int size) {
    Waves waves = new Waves(topics, REQUESTS, size, undisturbed.pieces());
    waves.sendHostile("story-3".getBytes(UTF_8), HOSTILE);
    return waves;
  }

  /**
   * As an operator does who has lost the job, or has no time for a savepoint.
   *
   * @param wanted what a checkpoint must have first; a newer one may be there in the end
   */
  private static CompletedCheckpointStats cancelAfterCheckpoint(
      ChatTopics topics, RunningJob job, Predicate<CompletedCheckpointStats> wanted)
      throws Exception {
    topics.await("a checkpoint", job, _ -> job.checkpoint().filter(wanted).isPresent());
    CompletedCheckpointStats checkpoint = job.cancel();
    topics.attemptBegins();
    return checkpoint;
  }

  /** To be called when no job is running, so that nothing more can come. */
  private static void assertAsUndisturbed(ChatTopics topics) {
    Transcript seen = topics.readToEnd();
    Map<String, Answer> expected = undisturbed.answers();
    assertThat(seen.answers()).isEqualTo(expected);
    assertThat(seen.streamedTexts())
        .isEqualTo(
            expected.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, answer -> answer.getValue().text())));
    assertThat(seen.midway()).isEmpty();
    assertThat(seen.refused()).containsExactly("hostile");
    assertThat(topics.deadLetters()).singleElement().extracting(r -> r.value()).isEqualTo(HOSTILE);
  }
}
