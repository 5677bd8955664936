package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.ConversationIds;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A record of the prompts topic that says what is to become of a conversation or a request. */
final class ControlReader {
  private static final String CANCEL = "cancel";
  private static final String FORGET = "forget";
  private static final String SHOW = "show";

  /** One of them makes a record one of control. */
  private static final List<String> KINDS = List.of(CANCEL, FORGET, SHOW);

  /** What only requests have, and what would be forgotten if it were passed over. */
  private static final List<String> OF_REQUESTS = List.of("messages", "prompt", "fork");

  private final Fields fields;
  private final SourceRecord origin;
  private final long timestamp;

  private ControlReader(Fields fields, SourceRecord origin, long timestamp) {
    this.fields = fields;
    this.origin = origin;
    this.timestamp = timestamp;
  }

  /** Whether the record is one of these. */
  static boolean isControl(Fields record) {
    return KINDS.stream().anyMatch(kind -> record.node(kind).isPresent());
  }

  /**
   * @throws InvalidRequestException if it cannot be done
   */
  static ControlRequest read(Fields record, SourceRecord origin, long timestamp) {
    List<String> kinds = present(KINDS, record);
    String kind = kinds.getFirst();
    if (kinds.size() > 1) {
      throw record.invalid(
          kinds.get(1), "stands beside %s: send one record for each".formatted(kind));
    }
    for (String field : present(OF_REQUESTS, record)) {
      throw record.invalid(
          field,
          "stands beside %s: send a request and a control record one after the other"
              .formatted(kind));
    }
    Fields fields =
        record.as(kind.equals(CANCEL) ? RequestFields.CANCELLATION : RequestFields.OF_CONVERSATION);
    return new ControlReader(fields, origin, timestamp).read(kind);
  }

  private static List<String> present(List<String> names, Fields record) {
    return names.stream().filter(name -> record.node(name).isPresent()).toList();
  }

  private ControlRequest read(String kind) {
    String id = id(kind);
    return switch (kind) {
      case CANCEL -> new ControlRequest.Cancel(id, keyed(id("conversation_id")), record());
      case FORGET -> new ControlRequest.Forget(requestId(), conversation(kind, id), record());
      default -> new ControlRequest.Show(requestId(), conversation(kind, id), record());
    };
  }

  private Optional<SourceRecord> record() {
    return Optional.of(origin);
  }

  private String requestId() {
    return RequestReader.requestId(fields, origin, timestamp);
  }

  /** The conversation that the record names as what it is about; it may do so twice. */
  private String conversation(String kind, String id) {
    Optional<String> again = fields.text("conversation_id", RequestIds.MAX_BYTES);
    if (again.isPresent() && !again.get().equals(id)) {
      throw fields.invalid(
          "conversation_id",
          "is \"%s\", but %s names \"%s\": leave it out"
              .formatted(Excerpt.of(again.get()), kind, Excerpt.of(id)));
    }
    return keyed(id);
  }

  private String keyed(String conversation) {
    RequestReader.checkKey(origin.key(), conversation);
    return conversation;
  }

  private String id(String field) {
    String id = fields.requiredText(field, RequestIds.MAX_BYTES);
    if (id.isEmpty()) {
      throw fields.invalid(field, "must not be empty");
    }
    return id;
  }

  /**
   * A record without a value, whose key is a conversation's: it is forgotten, as in a compacted
   * topic.
   *
   * @throws InvalidRequestException if the key is none
   */
  static ControlRequest tombstone(SourceRecord origin, long timestamp) {
    byte[] key = origin.key();
    if (key == null || key.length == 0) {
      throw new InvalidRequestException("", "the record has neither key nor value");
    }
    if (key.length > RequestIds.MAX_BYTES) {
      throw new InvalidRequestException(
          "",
          "the record has no value, and its key of %d bytes is no conversation's, which have at most %d"
              .formatted(key.length, RequestIds.MAX_BYTES));
    }
    String id = text(key);
    if (!ConversationIds.root(id).equals(id)) {
      throw new InvalidRequestException(
          "",
          "the record has no value, and its key \"%s\" is no record's: a fork is forgotten with {\"forget\": ...} and the key \"%s\""
              .formatted(Excerpt.of(id), Excerpt.of(ConversationIds.root(id))));
    }
    return new ControlRequest.Forget(
        RequestReader.defaultId(origin, timestamp), id, Optional.of(origin));
  }

  private static String text(byte[] key) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidRequestException("", "the record has no value, and its key is no UTF-8");
    }
  }
}
