package io.flinkmistral.jobs.recovery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.local.LocalBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Judged turns when a TaskManager is killed amid them: each once, with the same judgement. */
@Timeout(240)
class ModeratedRecoveryTest {
  private static final int CONVERSATIONS = 24;

  /** Each conversation asks a second time, as if nothing had been before. */
  private static final int REQUESTS = 2 * CONVERSATIONS;

  private static final String RUBRIC =
      """
      {"acceptable": "positive", "categories": {"negative": ""}, "instruction": "", "prompt": "Classify the sentiment: {{text}}"}\
      """;

  @TempDir static Path folder;
  @TempDir static Path brokerFolder;

  private static LocalBroker broker;
  private static RecoveryCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    broker = LocalBroker.start(brokerFolder);
    cluster = RecoveryCluster.start(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.stop();
    broker.close();
  }

  /** By the request: what was answered, and what the topic of blocked ones says. */
  private record Outcome(Map<String, JsonNode> answers, Map<String, JsonNode> blocked) {}

  @Test
  void isJudgedOnceAndTheSameWhenTaskManagersAreKilled() throws Exception {
    Outcome undisturbed = run("calm", 0);
    assertThat(undisturbed.answers()).hasSize(REQUESTS);
    assertThat(undisturbed.answers().values())
        .extracting(choices -> choices.at("/0/finish_reason").asString())
        .contains("content_filter")
        .containsAnyOf("stop", "length");
    assertThat(undisturbed.blocked()).hasSize(CONVERSATIONS / 2);
    assertThat(run("struck", 2)).isEqualTo(undisturbed);
  }

  private static Outcome run(String name, int kills) throws Exception {
    try (ChatTopics topics = new ChatTopics(broker, name)) {
      Configuration options =
          topics.options(3, "--moderation.on=prompt", "--moderation.rubric=" + RUBRIC);
      RunningJob job = cluster.submit(options, 3, Optional.empty());
      for (int turn = 1; turn <= 2; turn++) {
        for (int i = 0; i < CONVERSATIONS; i++) {
          topics.send(("story-" + i).getBytes(UTF_8), request(turn, i).getBytes(UTF_8));
        }
      }
      for (int kill = 1; kill <= kills; kill++) {
        int answers = 6 * kill;
        topics.await(
            "answers, and one half written",
            job,
            seen -> seen.completions() >= answers && !seen.midway().isEmpty());
        long restarts = job.restarts();
        cluster.replaceTaskManager();
        topics.await("another attempt", job, _ -> job.restarts() > restarts);
        topics.attemptBegins();
      }
      topics.await("all answers", job, seen -> seen.completions() >= REQUESTS);
      job.stop(SavepointFormatType.NATIVE);
      return new Outcome(choices(name + "-completions"), choices(name + "-blocked"));
    }
  }

  /**
   * Prompts that are blocked and answers that are flagged, which end at once, and stories whose
   * prompts are judged: long ones, so that some are half written when the others have ended.
   */
  private static String request(int turn, int i) {
    String beside =
        turn == 1 && i % 4 == 0
            ? "\"messages\": [{\"role\": \"user\", \"content\": \"I hate this lamp.\"}],"
                + " \"moderation\": {\"action\": \"block\"}"
            : turn == 1 && i % 4 == 1
                ? "\"messages\": [{\"role\": \"user\", \"content\": \"Say something.\"},"
                    + " {\"role\": \"assistant\", \"prefix\": true, \"content\": \"I hate this"
                    + " lamp.\"}], \"max_tokens\": 2,"
                    + " \"moderation\": {\"on\": \"answer\", \"action\": \"block\"}"
                : "\"messages\": [{\"role\": \"user\", \"content\": \"Tell me a story about a pink"
                    + " owl called Ben.\"}], \"temperature\": 1, \"ignore_eos\": true,"
                    + " \"max_tokens\": 300";
    return "{\"request_id\": \"%d-%d\", \"conversation_id\": \"story-%d\", \"stream\": true, %s}"
        .formatted(i, turn, i, beside);
  }

  /** Of each request once; to be called when no job is running. */
  private static Map<String, JsonNode> choices(String topic) {
    Map<String, JsonNode> choices = new TreeMap<>();
    try (TopicProbe probe = new TopicProbe(broker.bootstrapServers(), topic)) {
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      do {
        records.addAll(probe.poll(Duration.ofMillis(200)));
      } while (!probe.isAtEnd());
      for (ConsumerRecord<byte[], byte[]> record : records) {
        JsonNode json = TopicProbe.json(record);
        assertThat(choices.put(json.get("request_id").stringValue(), json.get("choices"))).isNull();
      }
    }
    return choices;
  }
}
