package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.protocol.Excerpt;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The id of a response says where in which conversation it is, so that no gateway has to remember
 * any.
 */
public sealed interface ResponseId {
  /**
   * A turn of a conversation that clients know by responses alone.
   *
   * @param conversation as the client calls it
   * @param turn from 1
   * @param request how many requests the conversation has had with this one; one that branched off
   *     has turns of others before these
   */
  record Turn(String conversation, int turn, int request) implements ResponseId {
    @Override
    public String text() {
      return encoded("%d.%d.%s".formatted(turn, request, conversation));
    }
  }

  /** One of a conversation that the client has named, whose turns nobody here counts. */
  record Named(String conversation, String request) implements ResponseId {
    @Override
    public String text() {
      return encoded("named.%d.%s%s".formatted(request.length(), request, conversation));
    }
  }

  /** One that nobody can go on from. */
  record NotStored(String request) implements ResponseId {
    @Override
    public String text() {
      return encoded("unstored." + request);
    }
  }

  /** Of those that a client may go on from. */
  Pattern TURN = Pattern.compile("(?s)([1-9][0-9]{0,8})\\.([1-9][0-9]{0,8})\\.(.+)");

  String PREFIX = "resp_";

  String text();

  private static String encoded(String words) {
    return PREFIX
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(words.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The turn that a response was.
   *
   * @throws ApiException if it is none that can be gone on from
   */
  static Turn parse(String id) {
    String words = decoded(id);
    Matcher matcher = TURN.matcher(words);
    if (matcher.matches()) {
      return new Turn(
          matcher.group(3), Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }
    if (words.startsWith("named.")) {
      throw ApiException.invalid(
          "previous_response_id",
          "that response is of a conversation that its request has named: name the conversation"
              + " again to go on with it");
    }
    throw notFound(id);
  }

  private static String decoded(String id) {
    try {
      return id.startsWith(PREFIX)
          ? new String(
              Base64.getUrlDecoder().decode(id.substring(PREFIX.length())), StandardCharsets.UTF_8)
          : "";
    } catch (IllegalArgumentException e) {
      return ""; // Of somebody else's.
    }
  }

  /** As OpenAI says it. */
  static ApiException notFound(String id) {
    return ApiException.refused(
        400,
        "previous_response_id",
        "previous_response_not_found",
        "Previous response with id '%s' not found.".formatted(Excerpt.of(id)));
  }
}
