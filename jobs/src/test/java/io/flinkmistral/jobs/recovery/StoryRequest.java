package io.flinkmistral.jobs.recovery;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A request for a long answer that is drawn at random.
 *
 * @param seed a JSON number, or null for the seed that the ids give
 */
record StoryRequest(String requestId, String conversationId, String content, Integer seed) {
  private static final List<String> HEROES = List.of("owl", "dog", "cat", "fox");
  private static final List<String> NAMES = List.of("Ben", "Tom", "Kim");

  /**
   * Two turns of each conversation, all first turns before the second ones. Every other
   * conversation has seeds.
   */
  static List<StoryRequest> ofConversations(int conversations) {
    List<StoryRequest> requests = new ArrayList<>();
    for (int turn = 1; turn <= 2; turn++) {
      for (int i = 0; i < conversations; i++) {
        String id = "story-" + i;
        requests.add(
            new StoryRequest(
                id + "/" + turn, id, content(turn, i), i % 2 == 0 ? null : 100 * turn + i));
      }
    }
    return requests;
  }

  private static String content(int turn, int i) {
    String hero = HEROES.get(i % HEROES.size());
    String name = NAMES.get(i / HEROES.size() % NAMES.size());
    String colour = turn == 1 ? "pink" : "green";
    return "Tell me a story about a %s %s called %s.".formatted(colour, hero, name);
  }

  ProducerRecord<byte[], byte[]> record(String topic) {
    String value =
        """
        {"request_id": "%s", "conversation_id": "%s", "stream": true, "temperature": 1,
         "max_tokens": 90, "seed": %s, "messages": [{"role": "user", "content": "%s"}]}\
        """
            .formatted(requestId, conversationId, seed, content);
    return new ProducerRecord<>(
        topic,
        conversationId.getBytes(StandardCharsets.UTF_8),
        value.getBytes(StandardCharsets.UTF_8));
  }
}
