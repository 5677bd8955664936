package io.flinkmistral.jobs.recovery;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What must be the same however often the job was disturbed.
 *
 * @param texts of all choices
 * @param told all that the answer says of its choices and its prompt
 */
public record Answer(
    String conversationId,
    List<String> texts,
    String told,
    List<String> finishReasons,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    String fingerprint) {

  public static Answer of(JsonNode completion) {
    return new Answer(
        completion.at("/conversation_id").stringValue(),
        completion.at("/choices").valueStream().map(Answer::text).toList(),
        completion.at("/choices").toString() + completion.path("prompt_logprobs"),
        completion
            .at("/choices")
            .valueStream()
            .map(choice -> choice.at("/finish_reason").stringValue())
            .toList(),
        completion.at("/usage/prompt_tokens").intValue(),
        completion.at("/usage/prompt_tokens_details/cached_tokens").intValue(),
        completion.at("/usage/completion_tokens").intValue(),
        completion.at("/system_fingerprint").stringValue());
  }

  private static String text(JsonNode choice) {
    return choice.at("/message/content").stringValue();
  }

  /** That of the first choice. */
  public String text() {
    return texts.getFirst();
  }
}
