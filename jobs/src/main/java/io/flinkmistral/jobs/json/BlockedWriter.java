package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.SourceRecord;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** A request that moderation has blocked, for those who look after it. */
public final class BlockedWriter {
  private BlockedWriter() {}

  /**
   * @param withRequest whether the request itself is in it, as it came; else it says that it is not
   */
  public static byte[] write(Completed blocked, boolean withRequest) {
    return AnswerWriter.write(
        json -> {
          json.writeStringProperty("id", AnswerId.of(blocked));
          json.writeStringProperty("object", "moderation.blocked");
          json.writeNumberProperty("created", blocked.timings().createdMillis() / 1000);
          json.writeStringProperty("model", blocked.model());
          AnswerWriter.ids(json, blocked);
          json.writeArrayPropertyStart("choices");
          for (int i = 0; i < blocked.answers().size(); i++) {
            choice(json, i, blocked.answers().get(i));
          }
          json.writeEndArray();
          Optional<byte[]> request = blocked.origin().map(SourceRecord::value);
          if (withRequest && request.isPresent()) {
            json.writeName("request");
            json.writeRawValue(JsonRecord.read(request.get()).toString());
          } else {
            json.writeStringProperty("omitted", "request");
          }
        });
  }

  private static void choice(JsonGenerator json, int index, Answer answer) {
    json.writeStartObject();
    json.writeNumberProperty("index", index);
    json.writeStringProperty("finish_reason", answer.finishReason().wireName());
    answer.moderation().ifPresent(report -> ModerationWriter.write(json, report));
    json.writeEndObject();
  }
}
