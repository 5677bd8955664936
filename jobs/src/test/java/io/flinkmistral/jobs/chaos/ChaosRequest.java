package io.flinkmistral.jobs.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.SourceRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A request as it is sent. */
record ChaosRequest(String id, String conversation, byte[] json) {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final List<String> HEROES = List.of("owl", "dog", "cat", "fox", "bear", "hen");
  private static final List<String> COLOURS = List.of("pink", "green", "blue", "red", "white");
  private static final List<String> NAMES = List.of("Ben", "Tom", "Kim", "Sofia", "Anna", "Max");

  /** Every fourth prompt takes several passes. */
  private static final int LONG_PROMPTS = 4;

  /**
   * All requests of a run: the first turns of all conversations in any order, then the second ones,
   * and so on.
   */
  static List<ChaosRequest> of(ChaosSettings settings) {
    Random random = new Random(settings.seed());
    List<ChaosRequest> all = new ArrayList<>();
    for (int turn = 1; turn <= settings.turns(); turn++) {
      List<Integer> conversations =
          IntStream.range(0, settings.conversations()).boxed().collect(Collectors.toList());
      Collections.shuffle(conversations, random);
      for (int conversation : conversations) {
        String id = "chaos-" + conversation;
        all.add(draw(id + "/" + turn, id, random));
      }
    }
    return all;
  }

  private static ChaosRequest draw(String id, String conversation, Random random) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("request_id", id)
        .put("conversation_id", conversation)
        .put("stream", true)
        .put("temperature", 0.6 + random.nextInt(8) / 10.0)
        .put("seed", random.nextInt())
        .put("max_tokens", 20 + random.nextInt(81));
    if (random.nextBoolean()) {
      json.put("top_p", 0.95);
    }
    json.putArray("messages").addObject().put("role", "user").put("content", content(random));
    return new ChaosRequest(id, conversation, MAPPER.writeValueAsBytes(json));
  }

  private static String content(Random random) {
    int sentences = random.nextInt(LONG_PROMPTS) == 0 ? 6 + random.nextInt(12) : 0;
    return IntStream.range(0, sentences)
            .mapToObj(
                _ ->
                    "My friend %s has a %s %s. "
                        .formatted(one(NAMES, random), one(COLOURS, random), one(HEROES, random)))
            .collect(Collectors.joining())
        + "Tell me a story about a %s %s called %s."
            .formatted(one(COLOURS, random), one(HEROES, random), one(NAMES, random));
  }

  private static String one(List<String> words, Random random) {
    return words.get(random.nextInt(words.size()));
  }

  ProducerRecord<byte[], byte[]> record(String topic) {
    return new ProducerRecord<>(topic, conversation.getBytes(UTF_8), json);
  }

  /** As the job reads it. */
  CompletionRequest parsed() {
    return new RequestReader(json.length)
        .read(new SourceRecord("none", 0, 0, conversation.getBytes(UTF_8), json, List.of()));
  }
}
