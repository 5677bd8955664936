package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.SourceRecord;
import java.util.List;
import java.util.Optional;

/** A record of the prompts topic that says what is to become of a conversation or a request. */
final class ControlReader {
  private static final String CANCEL = "cancel";

  /** One of them makes a record one of control. */
  private static final List<String> KINDS = List.of(CANCEL);

  /** What only requests have, and what would be forgotten if it were passed over. */
  private static final List<String> OF_REQUESTS = List.of("messages", "prompt", "fork");

  private ControlReader() {}

  /** Whether the record is one of these. */
  static boolean isControl(Fields fields) {
    return KINDS.stream().anyMatch(kind -> fields.node(kind).isPresent());
  }

  /**
   * @throws io.flinkmistral.protocol.InvalidRequestException if it cannot be done
   */
  static ControlRequest read(Fields record, SourceRecord origin) {
    OF_REQUESTS.stream()
        .filter(field -> record.node(field).isPresent())
        .findFirst()
        .ifPresent(
            field -> {
              throw record.invalid(
                  field,
                  "stands beside %s: send a request and a control record one after the other"
                      .formatted(kind(record)));
            });
    Fields fields = record.as(RequestFields.CONTROL);
    String target = id(fields, CANCEL);
    String conversation = RequestReader.conversationId(fields, origin.key());
    if (conversation.isEmpty()) {
      throw fields.invalid("conversation_id", "must not be empty");
    }
    return new ControlRequest.Cancel(target, conversation, Optional.of(origin));
  }

  private static String kind(Fields fields) {
    return KINDS.stream().filter(kind -> fields.node(kind).isPresent()).findFirst().orElseThrow();
  }

  private static String id(Fields fields, String field) {
    String id = fields.requiredText(field, RequestIds.MAX_BYTES);
    if (id.isEmpty()) {
      throw fields.invalid(field, "must not be empty");
    }
    return id;
  }
}
