package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a call's request and conversation are called in the topics.
 *
 * @param keyed whether the client has named the request, so that both follow from what it says,
 *     whichever gateway it says it to
 */
record RequestNames(String request, String conversation, boolean keyed) {
  private static final String KEY = "Idempotency-Key";
  private static final String CONVERSATION = "X-Conversation-Id";
  private static final int MOST_CHARACTERS = 255;
  private static final int HASH_BYTES = 16;

  /**
   * @param headers of the request
   */
  static RequestNames of(
      Function<String, Optional<String>> headers, Client client, ClientRequest request) {
    Optional<String> key = headers.apply(KEY).map(text -> checked(KEY, text));
    Optional<String> named =
        request
            .conversation()
            .or(() -> headers.apply(CONVERSATION).map(text -> checked(CONVERSATION, text)))
            .map(client::conversation);
    if (key.isEmpty()) {
      return new RequestNames(Client.newRequest(), named.orElseGet(client::newConversation), false);
    }
    String hash = hash(client.name(), key.get());
    return new RequestNames(
        "key-" + hash, named.orElseGet(() -> client.conversation("k-" + hash)), true);
  }

  private static String checked(String name, String text) {
    String value = text.strip();
    if (value.isEmpty() || value.length() > MOST_CHARACTERS) {
      throw ApiException.invalid(
          name, "header %s must have 1 to %d characters".formatted(name, MOST_CHARACTERS));
    }
    return value;
  }

  /** Names of keys have no line feed. */
  private static String hash(String client, String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((client + "\n" + key).getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(Arrays.copyOf(hash, HASH_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
