package io.flinkmistral.jobs.recovery;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A request for a long answer that is drawn at random.
 *
 * @param key of the record: the conversation, or the one that it was forked from
 * @param fork JSON, or null
 * @param seed a JSON number, or null for the seed that the ids give
 */
record StoryRequest(
    String requestId, String key, String conversationId, String fork, String content, Integer seed)
    implements StreamedRequest {
  private static final List<String> HEROES = List.of("owl", "dog", "cat", "fox");
  private static final List<String> NAMES = List.of("Ben", "Tom", "Kim");

  /** Every fourth conversation is forked after its first turn. */
  private static final int FORKS = 4;

  /**
   * Two turns of each conversation, all first turns before the second ones, and then forks. Every
   * other conversation has seeds.
   */
  static List<StoryRequest> ofConversations(int conversations) {
    List<StoryRequest> requests = new ArrayList<>();
    for (int turn = 1; turn <= 2; turn++) {
      for (int i = 0; i < conversations; i++) {
        String id = "story-" + i;
        requests.add(
            new StoryRequest(
                id + "/" + turn,
                id,
                id,
                null,
                content(turn, i),
                i % 2 == 0 ? null : 100 * turn + i));
      }
    }
    for (int i = 0; i < conversations; i += FORKS) {
      String id = "story-" + i;
      String fork = "{\"conversation_id\": \"%s\", \"turn\": 1}".formatted(id);
      requests.add(new StoryRequest(id + "/fork", id, id + "~b", fork, content(2, i + 1), null));
    }
    return requests;
  }

  private static String content(int turn, int i) {
    String hero = HEROES.get(i % HEROES.size());
    String name = NAMES.get(i / HEROES.size() % NAMES.size());
    String colour = turn == 1 ? "pink" : "green";
    return "Tell me a story about a %s %s called %s.".formatted(colour, hero, name);
  }

  @Override
  public ProducerRecord<byte[], byte[]> record(String topic) {
    String value =
        """
        {"request_id": "%s", "conversation_id": "%s", "stream": true, "temperature": 1,
         "fork": %s, "max_tokens": 90, "seed": %s, "messages": [{"role": "user", "content": "%s"}]}\
        """
            .formatted(requestId, conversationId, fork, seed, content);
    return new ProducerRecord<>(
        topic, key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
  }
}
