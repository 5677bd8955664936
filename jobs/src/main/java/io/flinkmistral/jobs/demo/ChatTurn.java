package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.client.Outcome;
import io.flinkmistral.protocol.Excerpt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One answer on its way to the screen. Pieces that come again after a failure of the job are told
 * by their index and dropped.
 */
final class ChatTurn {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final String requestId;
  private final WordWrap wrap;
  private final StringBuilder streamed = new StringBuilder();
  private int index;
  private boolean done;

  ChatTurn(String requestId, int width) {
    this.requestId = requestId;
    this.wrap = new WordWrap(width);
  }

  boolean isDone() {
    return done;
  }

  /** What to print of it. */
  String take(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Token token when token.requestId().equals(requestId) -> token(token);
      case Outcome.Answer answer when answer.requestId().equals(requestId) -> whole(answer);
      case Outcome.Token _, Outcome.Answer _, Outcome.DeadLetter _ -> "";
    };
  }

  private String token(Outcome.Token token) {
    // The last piece may have no text, and then no index of its own either.
    if (done || (token.index() <= index && !token.last())) {
      return "";
    }
    String text = token.index() <= index ? "" : token.text();
    index = Math.max(index, token.index());
    return token.last() ? end(text) : piece(text);
  }

  /** The whole answer is there before its last piece, or there will be none. */
  private String whole(Outcome.Answer answer) {
    if (done) {
      return "";
    }
    JsonNode json = MAPPER.readTree(answer.json());
    if (json.has("error")) {
      return end("[" + Excerpt.ofMessage(json.at("/error/message").asString()) + "]");
    }
    String text = json.at("/choices/0/message/content").asString();
    return end(text.startsWith(streamed.toString()) ? text.substring(streamed.length()) : "");
  }

  private String piece(String text) {
    streamed.append(text);
    return wrap.add(TerminalText.plain(text));
  }

  private String end(String text) {
    done = true;
    return piece(text) + wrap.end() + "\n";
  }
}
