package io.flinkmistral.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Control records through the whole job, on a real broker. */
@Timeout(120)
class ControlPipelineTest {
  @TempDir private static Path folder;
  private static RunningChatJob job;

  @BeforeAll
  static void start() throws Exception {
    job = RunningChatJob.start(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    job.close();
  }

  @AfterEach
  void theJobGoesOn() {
    job.assertGoesOn();
  }

  @Test
  void aRequestThatIsCancelledEndsOnBothTopics() throws Exception {
    send("c-1", story("r-1", "c-1", "\"stream\": true, "));
    send("c-1", "{\"cancel\": \"r-1\", \"conversation_id\": \"c-1\"}");
    send("c-1", "{\"cancel\": \"r-1\", \"conversation_id\": \"c-1\"}");
    assertEnds("r-1", "cancelled");
  }

  @Test
  void aRequestWhoseTimeIsOverEndsOnBothTopics() throws Exception {
    send("c-2", story("r-2", "c-2", "\"stream\": true, \"timeout\": 0.001, "));
    assertEnds("r-2", "timeout");
  }

  private static void assertEnds(String request, String reason) {
    try (TopicProbe completions = probe("completions");
        TopicProbe tokens = probe("tokens")) {
      JsonNode answer = completions.awaitOfRequest(1, request).getFirst();
      assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo(reason);
      tokens.await(
          1,
          record ->
              TopicProbe.json(record).path("request_id").asString().equals(request)
                  && TopicProbe.json(record).path("finish_reason").asString().equals(reason));
    }
  }

  @Test
  void aConversationIsShownAndForgotten() throws Exception {
    send(
        "c-3",
        """
        {"request_id": "r-3", "conversation_id": "c-3",
         "messages": [{"role": "user", "content": "What is seven plus two?"}]}\
        """);
    try (TopicProbe completions = probe("completions")) {
      completions.awaitOfRequest(1, "r-3");
      send("c-3", "{\"show\": \"c-3\", \"request_id\": \"show\"}");
      JsonNode shown = completions.awaitOfRequest(1, "show").getFirst();
      assertThat(shown.path("object").asString()).isEqualTo("conversation");
      assertThat(shown.at("/turns/0/messages").toString())
          .isEqualTo(
              """
              [{"role":"user","content":"What is seven plus two?"},\
              {"role":"assistant","content":"Seven plus two is nine."}]\
              """);
      assertThat(shown.at("/turns/0/completion_tokens").asInt()).isPositive();
      send("c-3", "{\"forget\": \"c-3\", \"request_id\": \"forget\"}");
      JsonNode forgotten = completions.awaitOfRequest(1, "forget").getFirst();
      assertThat(forgotten.toString())
          .isEqualTo(
              """
              {"request_id":"forget","conversation_id":"c-3","object":"conversation.deleted",\
              "deleted":true,"turns":1,"forks":0}\
              """);
      send("c-3", "{\"show\": \"c-3\", \"request_id\": \"again\"}");
      assertThat(completions.awaitOfRequest(1, "again").getFirst().path("turns")).isEmpty();
    }
  }

  @Test
  void aTombstoneForgetsTheConversationOfItsKey() throws Exception {
    job.producer().send(new ProducerRecord<>("prompts", "tombstone".getBytes(UTF_8), null)).get();
    try (TopicProbe completions = probe("completions")) {
      JsonNode forgotten =
          TopicProbe.json(
              completions
                  .await(1, record -> Arrays.equals(record.key(), "tombstone".getBytes(UTF_8)))
                  .getFirst());
      assertThat(forgotten.path("object").asString()).isEqualTo("conversation.deleted");
      assertThat(forgotten.path("request_id").asString()).startsWith("prompts-");
    }
  }

  @Test
  void oneThatCannotBeDoneIsSetAsideAndToldWhoAsked() throws Exception {
    String value = "{\"forget\": \"c-5\", \"show\": \"c-5\", \"request_id\": \"r-5\"}";
    send("c-5", value);
    try (TopicProbe completions = probe("completions");
        TopicProbe letters = probe("dead-letters")) {
      assertThat(completions.awaitOfRequest(1, "r-5").getFirst().at("/error/message").asString())
          .isEqualTo("show stands beside forget: send one record for each");
      letters.await(1, record -> Arrays.equals(record.value(), value.getBytes(UTF_8)));
    }
  }

  private static TopicProbe probe(String topic) {
    return job.probe(topic);
  }

  private static String story(String request, String conversation, String fields) {
    return """
    {"request_id": "%s", "conversation_id": "%s", %s"ignore_eos": true, "max_tokens": 400,
     "messages": [{"role": "user", "content": "Tell me a story about a pink owl called Ben."}]}\
    """
        .formatted(request, conversation, fields);
  }

  private static void send(String key, String value) throws Exception {
    job.producer()
        .send(new ProducerRecord<>("prompts", key.getBytes(UTF_8), value.getBytes(UTF_8)))
        .get();
  }
}
