package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.dialogue.DialogueHash;
import io.flinkmistral.jobs.gateway.dialogue.Dialogues;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import io.flinkmistral.jobs.gateway.openai.Endpoint;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.protocol.ConversationIds;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Chooses a call's conversation. Whichever it is, a request that brings its dialogue is answered
 * alike.
 */
final class RequestNamer {
  private static final String KEY = "Idempotency-Key";
  private static final String CONVERSATION = "X-Conversation-Id";
  private static final String TIME_TO_LIVE = "conversation_ttl";
  private static final int MOST_CHARACTERS = 255;
  private static final int HASH_BYTES = 16;

  private final Dialogues dialogues;
  private final LiveCalls live;
  private final Duration stays;

  /**
   * @param stays for how long conversations stay without requests that are chosen here; zero where
   *     the job says
   */
  RequestNamer(Dialogues dialogues, LiveCalls live, Duration stays) {
    this.dialogues = dialogues;
    this.live = live;
    this.stays = stays;
  }

  /**
   * @param headers of the request
   * @throws ApiException if a header is none
   */
  RequestNames name(
      Function<String, Optional<String>> headers, Client client, ClientRequest request) {
    Optional<String> hash = keyHash(headers, client);
    String id = hash.map(text -> "key-" + text).orElseGet(Client::newRequest);
    Optional<String> named =
        request
            .conversation()
            .or(() -> headers.apply(CONVERSATION).map(text -> checked(CONVERSATION, text)))
            .or(() -> fork(request, id))
            .map(client::conversation);
    if (named.isPresent()) {
      return new RequestNames(
          id, named.get(), hash.isPresent(), Optional.empty(), Optional.empty());
    }
    if (stays.isPositive() && !request.fields().has(TIME_TO_LIVE)) {
      request.fields().put(TIME_TO_LIVE, stays.toSeconds());
    }
    Optional<DialogueHash> dialogue = dialogue(client, request);
    if (hash.isPresent()) {
      return new RequestNames(
          id, client.conversation("k-" + hash.get()), true, dialogue, Optional.empty());
    }
    Optional<String> cacheKey = request.cacheKey().filter(_ -> isWhole(request));
    Optional<String> reserved =
        cacheKey.map(key -> client.conversation("p-" + hash(client, key))).filter(live::reserve);
    String conversation =
        reserved
            .or(() -> cacheKey.isPresent() ? Optional.empty() : known(client, request))
            .orElseGet(client::newConversation);
    return new RequestNames(
        id, conversation, false, cacheKey.isPresent() ? Optional.empty() : dialogue, reserved);
  }

  /** Of the request, where its client has named it. */
  static Optional<String> keyHash(Function<String, Optional<String>> headers, Client client) {
    return headers.apply(KEY).map(text -> hash(client, checked(KEY, text)));
  }

  /** A fork that the call does not name is named after its request. */
  private static Optional<String> fork(ClientRequest request, String id) {
    JsonNode source = request.fields().path("fork").path("conversation_id");
    return source.isString()
        ? Optional.of(ConversationIds.forkPrefix(ConversationIds.root(source.stringValue())) + id)
        : Optional.empty();
  }

  /** None where the conversation will not hold what was sent, and nothing else. */
  private static Optional<DialogueHash> dialogue(Client client, ClientRequest request) {
    return isWhole(request)
        ? Optional.of(DialogueHash.of(client.name(), request.fields()))
        : Optional.empty();
  }

  private Optional<String> known(Client client, ClientRequest request) {
    return isWhole(request)
        ? DialogueHash.ofBeginning(client.name(), request.fields()).flatMap(dialogues::take)
        : Optional.empty();
  }

  private static boolean isWhole(ClientRequest request) {
    return request.endpoint() == Endpoint.CHAT
        && request.fields().path("history").asString("full").equals("full");
  }

  private static String checked(String name, String text) {
    String value = text.strip();
    if (value.isEmpty() || value.length() > MOST_CHARACTERS) {
      throw ApiException.invalid(
          name, "header %s must have 1 to %d characters".formatted(name, MOST_CHARACTERS));
    }
    return value;
  }

  /** Names of clients have no line feed. */
  private static String hash(Client client, String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((client.name() + "\n" + key).getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(Arrays.copyOf(hash, HASH_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
