package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.ConversationIds;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.TurnOptions;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A record of the prompts topic to a request.
 *
 * @param maxBytes the longest value that is read
 * @param unknownFields what becomes of requests with fields that are in no table
 * @param moderation what is judged of them
 */
public record RequestReader(int maxBytes, UnknownFields unknownFields, ModerationRule moderation)
    implements Serializable {
  /** Where those are judged that ask for it. */
  public RequestReader(int maxBytes, UnknownFields unknownFields) {
    this(maxBytes, unknownFields, ModerationRule.WHO_ASKS);
  }

  /** Reads a record that brings its request_id, or whose time is not known. */
  public CompletionRequest read(SourceRecord record) {
    return read(record, 0);
  }

  /**
   * @param timestamp of the record in its topic, in milliseconds since 1970
   * @throws InvalidRequestException if the record is no request; it names the field and says why
   */
  public CompletionRequest read(SourceRecord record, long timestamp) {
    return request(fields(record), record, timestamp);
  }

  /** What a record has, whatever it is. */
  Fields fields(SourceRecord record) {
    checkLength(record.value());
    return new Fields(StrictJson.object(record.value()), "", unknownFields);
  }

  CompletionRequest request(Fields record, SourceRecord origin, long timestamp) {
    Fields fields = record.as(RequestFields.REQUEST);
    String conversationId = fields.requiredText("conversation_id", RequestIds.MAX_BYTES);
    checkKey(origin.key(), conversationId);
    Prompt prompt = PromptReader.read(fields);
    return CompletionRequest.of(requestId(fields, origin, timestamp), conversationId)
        .prompt(prompt)
        .stop(SamplingReader.stop(fields))
        .sampling(SamplingReader.sampling(fields))
        .constraint(ConstraintReader.read(fields))
        .options(AnswerOptionsReader.read(fields, prompt instanceof Prompt.Chat))
        .history(history(fields))
        .overflow(overflow(fields))
        .reset(fields.flag("reset"))
        .fork(fork(fields))
        .turn(turn(fields))
        .schedule(ScheduleReader.read(fields, timestamp))
        .origin(Optional.of(origin))
        .build();
  }

  private void checkLength(byte[] value) {
    if (value == null) {
      throw new InvalidRequestException("", "the record has no value");
    }
    if (value.length > maxBytes) {
      throw new InvalidRequestException(
          "",
          ErrorCode.REQUEST_TOO_LARGE,
          "the record has %d bytes, but at most %d are allowed".formatted(value.length, maxBytes));
    }
  }

  /**
   * Kafka orders by key and the operator by conversation: two of them would break the order, which
   * forks have in common with the conversation that they come from.
   */
  static void checkKey(byte[] key, String conversationId) {
    String root = ConversationIds.root(conversationId);
    if (key != null && !Arrays.equals(key, root.getBytes(StandardCharsets.UTF_8))) {
      String text =
          Excerpt.of(
              new String(
                  key, 0, Math.min(key.length, RequestIds.MAX_BYTES), StandardCharsets.UTF_8));
      throw new InvalidRequestException(
          "conversation_id",
          root.equals(conversationId)
              ? "conversation_id \"%s\" is not the record's key \"%s\""
                  .formatted(Excerpt.of(conversationId), text)
              : "the record's key must be \"%s\", which is conversation_id \"%s\" up to the ~, but is \"%s\""
                  .formatted(Excerpt.of(root), Excerpt.of(conversationId), text));
    }
  }

  /**
   * By default one that no other record has: a topic that was deleted and made again begins with
   * the same offsets, at other times. It is not drawn, since a record that is read twice must be
   * the same request both times.
   */
  static String requestId(Fields fields, SourceRecord record, long timestamp) {
    String id =
        fields
            .text("request_id", RequestIds.MAX_BYTES)
            .orElseGet(() -> defaultId(record, timestamp));
    if (id.isEmpty()) {
      throw fields.invalid("request_id", "must not be empty");
    }
    return id;
  }

  static String defaultId(SourceRecord record, long timestamp) {
    return record.place() + "-" + timestamp;
  }

  private static HistoryMode history(Fields fields) {
    String mode = fields.text("history").orElse(HistoryMode.APPEND.wireName());
    return HistoryMode.ofWireName(mode)
        .orElseThrow(
            () ->
                fields.invalid(
                    "history",
                    "must be \"append\" or \"full\", but is \"%s\"".formatted(Excerpt.of(mode))));
  }

  /** As OpenAI's Responses have it. */
  private static Optional<ContextOverflow> overflow(Fields fields) {
    return fields
        .text("truncation")
        .map(
            name ->
                ContextOverflow.ofWireName(name)
                    .orElseThrow(
                        () ->
                            fields.invalid(
                                "truncation",
                                "must be \"auto\" or \"disabled\", but is \"%s\""
                                    .formatted(Excerpt.of(name)))));
  }

  private static Optional<ForkPoint> fork(Fields fields) {
    return fields
        .object("fork")
        .map(fork -> fork.as(RequestFields.FORK))
        .map(
            fork ->
                new ForkPoint(
                    fork.requiredText("conversation_id", RequestIds.MAX_BYTES),
                    fork.integer("turn").orElseThrow(() -> fork.missing("turn")),
                    fork.integer("after")));
  }

  private TurnOptions turn(Fields fields) {
    return TurnOptions.DEFAULT
        .withInstructions(fields.text("instructions"))
        .withTimeToLive(ScheduleReader.millis(fields, "conversation_ttl"))
        .withModeration(ModerationReader.read(fields, moderation));
  }
}
