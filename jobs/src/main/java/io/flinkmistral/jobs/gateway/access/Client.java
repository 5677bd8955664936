package io.flinkmistral.jobs.gateway.access;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * Who calls, as far as conversations are concerned: clients with different keys share none.
 *
 * @param name of the key; empty where nobody is asked for one
 */
public record Client(String name) {
  /** Who calls a gateway without keys. */
  public static final Client ANYBODY = new Client("");

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int RANDOM_BYTES = 16;

  /** The conversation that this client means by a name. */
  public String conversation(String id) {
    return name.isEmpty() ? id : name + ":" + id;
  }

  /** What this client calls a conversation. */
  public String nameOf(String conversation) {
    return name.isEmpty() ? conversation : conversation.substring(name.length() + 1);
  }

  /** Whether a conversation, or all that stands in the topics, is this client's to see. */
  public boolean owns(String conversation) {
    return name.isEmpty() || conversation.startsWith(name + ":");
  }

  /** One that nobody has used. */
  public String newConversation() {
    return conversation("g-" + random());
  }

  /** The id of a request that nobody has sent. */
  public static String newRequest() {
    return "req-" + random();
  }

  private static String random() {
    byte[] bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
