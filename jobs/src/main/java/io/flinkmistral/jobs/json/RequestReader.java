package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ConversationIds;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.SourceRecord;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A record of the prompts topic to a request.
 *
 * @param maxBytes the longest value that is read
 */
public record RequestReader(int maxBytes) implements Serializable {

  /**
   * @throws InvalidRequestException if the record is no request; it names the field and says why
   */
  public CompletionRequest read(SourceRecord record) {
    checkLength(record.value());
    Fields fields = new Fields(StrictJson.object(record.value()), "");
    String conversationId = fields.requiredText("conversation_id");
    checkKey(record.key(), conversationId);
    return new CompletionRequest(
        requestId(fields, record),
        conversationId,
        messages(fields),
        fields.objects("tools").stream().map(Fields::json).toList(),
        fields.integer("max_tokens"),
        sampling(fields),
        fields.texts("stop"),
        fields.flag("stream"),
        fields.flag("reset"),
        fork(fields),
        Optional.of(record));
  }

  private void checkLength(byte[] value) {
    if (value == null) {
      throw new InvalidRequestException("", "the record has no value");
    }
    if (value.length > maxBytes) {
      throw new InvalidRequestException(
          "",
          "the record has %d bytes, but at most %d are allowed".formatted(value.length, maxBytes));
    }
  }

  /**
   * Kafka orders by key and the operator by conversation: two of them would break the order, which
   * forks have in common with the conversation that they come from.
   */
  private static void checkKey(byte[] key, String conversationId) {
    String root = ConversationIds.root(conversationId);
    if (key != null && !Arrays.equals(key, root.getBytes(StandardCharsets.UTF_8))) {
      String text = Excerpt.of(new String(key, StandardCharsets.UTF_8));
      throw new InvalidRequestException(
          "conversation_id",
          root.equals(conversationId)
              ? "conversation_id \"%s\" is not the record's key \"%s\""
                  .formatted(Excerpt.of(conversationId), text)
              : "the record's key must be \"%s\", which is conversation_id \"%s\" up to the ~, but is \"%s\""
                  .formatted(Excerpt.of(root), Excerpt.of(conversationId), text));
    }
  }

  /** A record that was read twice must be the same request both times, so no id is drawn. */
  private static String requestId(Fields fields, SourceRecord record) {
    String id =
        fields
            .text("request_id")
            .orElseGet(
                () -> "%s-%d-%d".formatted(record.topic(), record.partition(), record.offset()));
    if (id.isEmpty()) {
      throw fields.invalid("request_id", "must not be empty");
    }
    return id;
  }

  private static Optional<ForkPoint> fork(Fields fields) {
    return fields
        .object("fork")
        .map(
            fork ->
                new ForkPoint(
                    fork.requiredText("conversation_id"),
                    fork.integer("turn").orElseThrow(() -> fork.missing("turn"))));
  }

  private static List<ChatMessage> messages(Fields fields) {
    if (fields.node("messages").isEmpty()) {
      throw fields.missing("messages");
    }
    return fields.objects("messages").stream().map(MessageReader::read).toList();
  }

  private static SamplingParams sampling(Fields fields) {
    SamplingParams defaults = SamplingParams.DEFAULT;
    return new SamplingParams(
        fields.number("temperature", defaults.temperature()),
        fields.number("top_p", defaults.topP()),
        fields.integer("top_k").orElse(defaults.topK()),
        fields.number("min_p", defaults.minP()),
        fields.longInteger("seed"));
  }
}
