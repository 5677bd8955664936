package io.flinkmistral.jobs.gateway.dialogue;

import io.flinkmistral.jobs.json.JsonRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What tells one dialogue from another: who leads it, its tools, and its messages so far. Each
 * message is hashed with what was before, so that the hash of a dialogue that goes on follows from
 * that of its beginning.
 *
 * @param text in hexadecimal
 */
public record DialogueHash(String text) {
  private static final int BYTES = 16;

  /**
   * The dialogue as a request brings it, up to its last answer; none where nothing was answered
   * yet, or the last answer is what the request wants to go on with.
   *
   * @param client whose it is
   */
  public static Optional<DialogueHash> ofBeginning(String client, ObjectNode request) {
    List<JsonNode> messages = messages(request);
    int last = messages.size() - 1;
    while (last >= 0 && !isAnswer(messages.get(last))) {
      last--;
    }
    return last < 0 || last == messages.size() - 1
        ? Optional.empty()
        : Optional.of(of(client, request, messages.subList(0, last + 1)));
  }

  /** All of it. */
  public static DialogueHash of(String client, ObjectNode request) {
    return of(client, request, messages(request));
  }

  private static DialogueHash of(String client, ObjectNode request, List<JsonNode> messages) {
    ArrayNode start = JsonRecord.empty().arrayNode();
    start.add(client);
    start.add(request.path("tools").isArray() ? request.path("tools").toString() : "");
    DialogueHash hash = new DialogueHash("").with(start);
    for (JsonNode message : messages) {
      hash = hash.then(message);
    }
    return hash;
  }

  private static List<JsonNode> messages(ObjectNode request) {
    return List.copyOf(request.path("messages").values());
  }

  private static boolean isAnswer(JsonNode message) {
    return message.path("role").asString("").equals("assistant");
  }

  /** The dialogue with one more message. */
  public DialogueHash then(JsonNode message) {
    ArrayNode words = JsonRecord.empty().arrayNode();
    String role = message.path("role").asString("");
    words.add(role.equals("developer") ? "system" : role);
    words.add(content(message.path("content")));
    words.add(message.path("tool_call_id").asString(""));
    for (JsonNode call : message.path("tool_calls")) {
      words.add(call.path("id").asString(""));
      words.add(call.at("/function/name").asString(""));
      words.add(call.at("/function/arguments").asString(""));
    }
    return with(words);
  }

  /** A text, or the texts of its parts. */
  private static String content(JsonNode content) {
    if (!content.isArray()) {
      return content.asString("");
    }
    StringBuilder text = new StringBuilder();
    content.forEach(part -> text.append(part.path("text").asString("")));
    return text.toString();
  }

  private DialogueHash with(ArrayNode words) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(text.getBytes(StandardCharsets.UTF_8));
      byte[] hash = digest.digest(words.toString().getBytes(StandardCharsets.UTF_8));
      return new DialogueHash(HexFormat.of().formatHex(Arrays.copyOf(hash, BYTES)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
