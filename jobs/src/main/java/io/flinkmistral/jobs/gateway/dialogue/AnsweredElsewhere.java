package io.flinkmistral.jobs.gateway.dialogue;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import tools.jackson.databind.JsonNode;

/**
 * How gateways tell each other which conversation holds which dialogue: a request has a header that
 * names its dialogue and its gateway, which the job repeats with the answer.
 */
public final class AnsweredElsewhere {
  private static final String NAME = "gateway.dialogue";
  private static final String FORM = "[0-9a-f-]{36} [0-9a-f]{32}";

  private final Dialogues dialogues;
  private final String gateway = UUID.randomUUID().toString();

  public AnsweredElsewhere(Dialogues dialogues) {
    this.dialogues = dialogues;
  }

  /** Of a request of this gateway's. */
  public Header header(DialogueHash asked) {
    return new RecordHeader(
        NAME, (gateway + " " + asked.text()).getBytes(StandardCharsets.US_ASCII));
  }

  /** Whether an answer is that of another gateway's request. */
  public boolean isOne(Headers headers) {
    Header header = headers.lastHeader(NAME);
    return header != null && header.value() != null && !text(header).startsWith(gateway);
  }

  /**
   * Remembers where a dialogue is that another gateway leads.
   *
   * @param answer the record of the completion
   */
  public void take(Headers headers, JsonNode answer) {
    String text = text(headers.lastHeader(NAME));
    JsonNode message = answer.at("/choices/0/message");
    String conversation = answer.path("conversation_id").asString("");
    if (text.matches(FORM) && message.isObject() && !conversation.isEmpty()) {
      DialogueHash asked = new DialogueHash(text.substring(text.indexOf(' ') + 1));
      dialogues.put(asked.then(message), conversation, answer.path("request_id").asString(""));
    }
  }

  /** Whether others may have gone on with it. */
  public boolean mayGoOn(String conversation) {
    return dialogues.isIdle(conversation);
  }

  /**
   * A piece of an answer in such a conversation, by which it is seen that somebody goes on with it.
   */
  public void goesOn(String conversation, JsonNode piece) {
    dialogues.answers(conversation, piece.path("request_id").asString(""));
  }

  private static String text(Header header) {
    return new String(header.value(), StandardCharsets.US_ASCII);
  }
}
