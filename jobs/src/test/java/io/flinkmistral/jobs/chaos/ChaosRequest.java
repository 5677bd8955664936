package io.flinkmistral.jobs.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.jobs.json.UnknownFields;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.SourceRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request as it is sent.
 *
 * @param key of the record: a conversation, which its forks share
 * @param ending what may end it before
 */
record ChaosRequest(String id, String key, byte[] json, Ending ending) {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final List<String> HEROES = List.of("owl", "dog", "cat", "fox", "bear", "hen");
  private static final List<String> COLOURS = List.of("pink", "green", "blue", "red", "white");
  private static final List<String> NAMES = List.of("Ben", "Tom", "Kim", "Sofia", "Anna", "Max");

  /** Every fourth prompt takes several passes. */
  private static final int LONG_PROMPTS = 4;

  /**
   * Of so many conversations, the last turn of one may be cancelled, and of one run out of time.
   */
  private static final int ENDINGS = 5;

  private static final int MOST_SECONDS = 8;

  /** Every third request has several choices, and so on. */
  private static final int SEVERAL = 3;

  private static final int WITH_LOGPROBS = 4;
  private static final int WITH_FORMS = 6;
  private static final int OF_PROMPTS = 8;

  /** Every fifth conversation's last turn is that of a fork of it. */
  private static final int FORKS = 5;

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
        boolean last = turn > 1 && turn == settings.turns(); // No other turn depends on it.
        boolean forked = last && conversation % FORKS == 0;
        all.add(draw(id, turn, forked, last ? ending(conversation) : Ending.NONE, random));
      }
    }
    return all;
  }

  /** The ids of those that may be ended before they are answered. */
  static Set<String> mayBeCut(List<ChaosRequest> requests) {
    return requests.stream()
        .filter(request -> request.ending() != Ending.NONE)
        .map(ChaosRequest::id)
        .collect(Collectors.toSet());
  }

  /** How many conversations there are in the end, with the forks. */
  static long conversations(List<ChaosRequest> requests) {
    return requests.stream().map(request -> request.parsed().conversationId()).distinct().count();
  }

  private static Ending ending(int conversation) {
    return switch (conversation % ENDINGS) {
      case 1 -> Ending.CANCELLATION;
      case 2 -> Ending.TIMEOUT;
      default -> Ending.NONE;
    };
  }

  private static ChaosRequest draw(
      String root, int turn, boolean forked, Ending ending, Random random) {
    ObjectNode json = MAPPER.createObjectNode();
    String id = root + "/" + turn;
    json.put("request_id", id)
        .put("conversation_id", forked ? root + "~fork" : root)
        .put("stream", true)
        .put("temperature", 0.6 + random.nextInt(8) / 10.0)
        .put("seed", random.nextInt())
        .put("max_tokens", 20 + random.nextInt(81));
    if (random.nextBoolean()) {
      json.put("top_p", 0.95);
    }
    addWhatIsTold(json, turn, random);
    addForm(json, random);
    if (forked) {
      json.putObject("fork").put("conversation_id", root).put("turn", 1 + random.nextInt(turn - 1));
    }
    if (ending == Ending.TIMEOUT) {
      json.put("timeout", 1 + random.nextInt(MOST_SECONDS));
    }
    json.putArray("messages").addObject().put("role", "user").put("content", content(random));
    return new ChaosRequest(id, root, MAPPER.writeValueAsBytes(json), ending);
  }

  private static void addWhatIsTold(ObjectNode json, int turn, Random random) {
    if (random.nextInt(SEVERAL) == 0) {
      json.put("n", 2 + random.nextInt(4));
    }
    if (random.nextInt(WITH_LOGPROBS) == 0) {
      json.put("logprobs", true).put("top_logprobs", random.nextInt(4));
    }
    if (random.nextInt(OF_PROMPTS) == 0 && turn == 1) {
      json.put("prompt_logprobs", random.nextInt(3));
    }
  }

  private static void addForm(ObjectNode json, Random random) {
    switch (random.nextInt(WITH_FORMS)) {
      case 0 ->
          json.putObject("structured_outputs")
              .put("regex", "[A-Z][a-z]{1,9}( [a-z]{1,9}){3,40}\\.");
      case 1 ->
          json.set(
              "response_format",
              MAPPER.readTree(
                  """
                  {"type": "json_schema", "json_schema": {"name": "hero", "schema": {"type": "object",
                   "properties": {"name": {"type": "string", "maxLength": 40},
                    "friends": {"type": "array", "maxItems": 3, "items": {"enum": ["owl", "dog", "cat"]}},
                    "age": {"type": "integer", "minimum": 0, "maximum": 99}},
                   "required": ["name", "friends", "age"], "additionalProperties": false}}}
                  """));
      default -> {
        // It is free.
      }
    }
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
    return new ProducerRecord<>(topic, key.getBytes(UTF_8), json);
  }

  /** The record that cancels it. */
  ProducerRecord<byte[], byte[]> cancellation(String topic) {
    ObjectNode record =
        MAPPER
            .createObjectNode()
            .put("cancel", id)
            .put("conversation_id", parsed().conversationId());
    return new ProducerRecord<>(topic, key.getBytes(UTF_8), MAPPER.writeValueAsBytes(record));
  }

  /** As the job reads it, but that it has all the time that it needs. */
  CompletionRequest parsed() {
    return new RequestReader(json.length, UnknownFields.REFUSE)
        .read(new SourceRecord("none", 0, 0, key.getBytes(UTF_8), json, List.of()))
        .but()
        .schedule(Schedule.DEFAULT)
        .build();
  }
}
