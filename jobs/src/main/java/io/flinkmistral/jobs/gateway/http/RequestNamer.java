package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.dialogue.DialogueHash;
import io.flinkmistral.jobs.gateway.dialogue.Dialogues;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import io.flinkmistral.jobs.gateway.openai.Endpoint;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.protocol.ConversationIds;
import java.math.BigDecimal;
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
  private static final int MOST_OF_A_KEY = 255;

  /** A conversation's name has at most 1,024 bytes, each as three characters. */
  private static final int MOST_OF_A_NAME = 3 * 1024;

  private static final int HASH_BYTES = 16;

  private final Dialogues dialogues;
  private final LiveCalls live;
  private final Duration stays;
  private final Duration lookBack;

  /**
   * @param stays for how long conversations stay without requests that are chosen here; zero where
   *     the job says
   */
  RequestNamer(Dialogues dialogues, LiveCalls live, Duration stays, Duration lookBack) {
    this.dialogues = dialogues;
    this.live = live;
    this.stays = stays;
    this.lookBack = lookBack;
  }

  /**
   * @param headers of the request
   * @throws ApiException if a header is none
   */
  RequestNames name(
      Function<String, Optional<String>> headers, Client client, ClientRequest request) {
    Optional<String> hash = keyHash(headers, client);
    String id = id(hash, lookBack);
    Optional<String> named =
        request
            .conversation()
            .or(() -> headers.apply(CONVERSATION).map(RequestNamer::conversation))
            .map(client::conversation);
    if (named.isPresent()) {
      return new RequestNames(id, named.get(), hash);
    }
    if (stays.isPositive() && !request.fields().has(TIME_TO_LIVE)) {
      request.fields().put(TIME_TO_LIVE, seconds(stays));
    }
    Optional<String> fork = fork(request).map(client::conversation);
    if (fork.isPresent()) {
      return new RequestNames(id, "", hash).after(fork.get());
    }
    Optional<DialogueHash> dialogue = dialogue(client, request);
    if (hash.isPresent()) {
      // Records of all attempts have one key, that of the root.
      String root = client.conversation("k-" + hash.get());
      return new RequestNames(id, "", hash)
          .after(ConversationIds.forkPrefix(root))
          .with(dialogue, Optional.empty(), Optional.empty());
    }
    Optional<String> cacheKey = request.cacheKey().filter(_ -> isWhole(request));
    Optional<String> reserved =
        cacheKey.map(key -> client.conversation("p-" + hash(client, key))).filter(live::reserve);
    if (cacheKey.isPresent()) {
      return new RequestNames(id, reserved.orElseGet(client::newConversation), hash)
          .with(Optional.empty(), reserved, Optional.empty());
    }
    Optional<Dialogues.Claim> claim = known(client, request);
    return new RequestNames(
            id, claim.map(Dialogues.Claim::conversation).orElseGet(client::newConversation), hash)
        .with(dialogue, Optional.empty(), claim);
  }

  /** Also less than one. */
  static BigDecimal seconds(Duration time) {
    return time.toMillis() % 1000 == 0
        ? BigDecimal.valueOf(time.toSeconds())
        : BigDecimal.valueOf(time.toMillis(), 3);
  }

  /** Of the request, where its client has named it. */
  static Optional<String> keyHash(Function<String, Optional<String>> headers, Client client) {
    return headers.apply(KEY).map(text -> hash(client, checked(KEY, text, MOST_OF_A_KEY)));
  }

  /**
   * What a request is called that was never sent.
   *
   * @param hash of what its client has called it
   */
  static String id(Optional<String> hash, Duration lookBack) {
    return hash.map(text -> KeyedId.first(text, System.currentTimeMillis(), lookBack).text())
        .orElseGet(Client::newRequest);
  }

  /** What the name of a fork begins with that the call does not name. */
  private static Optional<String> fork(ClientRequest request) {
    JsonNode source = request.fields().path("fork").path("conversation_id");
    return source.isString()
        ? Optional.of(ConversationIds.forkPrefix(ConversationIds.root(source.stringValue())))
        : Optional.empty();
  }

  /** None where the conversation will not hold what was sent, and nothing else. */
  private static Optional<DialogueHash> dialogue(Client client, ClientRequest request) {
    return isWhole(request)
        ? Optional.of(DialogueHash.of(client.name(), request.fields()))
        : Optional.empty();
  }

  private Optional<Dialogues.Claim> known(Client client, ClientRequest request) {
    return isWhole(request)
        ? DialogueHash.ofBeginning(client.name(), request.fields()).flatMap(dialogues::take)
        : Optional.empty();
  }

  private static boolean isWhole(ClientRequest request) {
    return request.endpoint() == Endpoint.CHAT
        && request.fields().path("history").asString("full").equals("full");
  }

  /** As the response's header of that name has it. */
  private static String conversation(String header) {
    return PathName.decoded(
        "header " + CONVERSATION, checked(CONVERSATION, header, MOST_OF_A_NAME));
  }

  private static String checked(String name, String text, int most) {
    String value = text.strip();
    if (value.isEmpty() || value.length() > most) {
      throw ApiException.invalid(
          name, "header %s must have 1 to %d characters".formatted(name, most));
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
