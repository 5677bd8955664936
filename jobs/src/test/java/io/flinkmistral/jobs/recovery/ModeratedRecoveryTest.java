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
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
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
  private static final List<StreamedRequest> REQUESTS =
      IntStream.range(0, 2 * CONVERSATIONS)
          .mapToObj(i -> request(i / CONVERSATIONS + 1, i % CONVERSATIONS))
          .toList();

  private static final int WAVE = 12;

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
  private record Outcome(Map<String, JsonNode> answers, Map<String, JsonNode> blocked) {
    static Outcome of(String name) {
      return new Outcome(choices(name + "-completions"), choices(name + "-blocked"));
    }
  }

  @Test
  void isJudgedOnceAndTheSameWhenTaskManagersAreKilled() throws Exception {
    int pieces = runUndisturbed("calm");
    Outcome undisturbed = Outcome.of("calm");
    assertThat(undisturbed.answers()).hasSize(REQUESTS.size());
    assertThat(undisturbed.answers().values())
        .extracting(choices -> choices.at("/0/finish_reason").asString())
        .contains("content_filter")
        .containsAnyOf("stop", "length");
    assertThat(undisturbed.blocked()).hasSize(CONVERSATIONS / 2);
    runKilled("struck", 2, pieces);
    assertThat(Outcome.of("struck")).isEqualTo(undisturbed);
  }

  /** How many pieces it has written. */
  private static int runUndisturbed(String name) throws Exception {
    try (ChatTopics topics = new ChatTopics(broker, name)) {
      RunningJob job = submit(topics);
      topics.send(REQUESTS);
      topics.await("all answers", job, seen -> seen.completions() >= REQUESTS.size());
      job.stop(SavepointFormatType.NATIVE);
      return topics.readToEnd().pieces();
    }
  }

  private static void runKilled(String name, int kills, int pieces) throws Exception {
    try (ChatTopics topics = new ChatTopics(broker, name)) {
      RunningJob job = submit(topics);
      Waves waves = new Waves(topics, REQUESTS, WAVE, pieces);
      for (int kill = 0; kill < kills; kill++) {
        waves.awaitMidAnswer(job);
        long restarts = job.restarts();
        cluster.replaceTaskManager();
        topics.await("another attempt", job, _ -> job.restarts() > restarts);
        topics.attemptBegins();
      }
      waves.awaitAllAnswers(job);
      job.stop(SavepointFormatType.NATIVE);
    }
  }

  private static RunningJob submit(ChatTopics topics) throws Exception {
    Configuration options =
        topics.options(3, "--moderation.on=prompt", "--moderation.rubric=" + RUBRIC);
    return cluster.submit(options, 3, Optional.empty());
  }

  /**
   * Prompts that are blocked and answers that are flagged, which end at once, and stories whose
   * prompts are judged: long ones, so that some are half written when the others have ended.
   */
  private static StreamedRequest request(int turn, int i) {
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
    String value =
        "{\"request_id\": \"%d-%d\", \"conversation_id\": \"story-%d\", \"stream\": true, %s}"
            .formatted(i, turn, i, beside);
    return topic ->
        new ProducerRecord<>(topic, ("story-" + i).getBytes(UTF_8), value.getBytes(UTF_8));
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
