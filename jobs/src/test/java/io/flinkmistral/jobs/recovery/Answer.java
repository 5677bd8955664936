package io.flinkmistral.jobs.recovery;

import tools.jackson.databind.JsonNode;

/** What must be the same however often the job was disturbed. */
public record Answer(
    String conversationId,
    String text,
    String finishReason,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    String fingerprint) {

  public static Answer of(JsonNode completion) {
    return new Answer(
        completion.at("/conversation_id").stringValue(),
        completion.at("/choices/0/message/content").stringValue(),
        completion.at("/choices/0/finish_reason").stringValue(),
        completion.at("/usage/prompt_tokens").intValue(),
        completion.at("/usage/prompt_tokens_details/cached_tokens").intValue(),
        completion.at("/usage/completion_tokens").intValue(),
        completion.at("/system_fingerprint").stringValue());
  }
}
