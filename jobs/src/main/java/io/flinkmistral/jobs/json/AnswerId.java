package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.CompletionEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The id of an answer: a digest of the ids of conversation and request, so that a replay gives the
 * same one, no two conversations share one, and it is as short however long these are.
 */
public final class AnswerId {
  private static final int BYTES = 16;

  private AnswerId() {}

  static String of(CompletionEvent.Completed event) {
    return of(event.shape().chat(), event.conversationId(), event.requestId());
  }

  /**
   * The id that the answer to a request will have.
   *
   * @param chat whether it is a message
   */
  public static String of(boolean chat, String conversationId, String requestId) {
    MessageDigest digest = sha256();
    byte[] conversation = conversationId.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, conversation.length));
    digest.update(conversation);
    byte[] hash = digest.digest(requestId.getBytes(StandardCharsets.UTF_8));
    return (chat ? "chatcmpl-" : "cmpl-") + HexFormat.of().formatHex(hash, 0, BYTES);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
