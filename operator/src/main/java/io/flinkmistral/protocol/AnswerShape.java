package io.flinkmistral.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The form in which an answer is given, and what of its request it repeats.
 *
 * @param chat whether it is a message, rather than the continuation of a text
 * @param user the request's word for a user
 * @param metadata the request's own words, in their order
 */
public record AnswerShape(boolean chat, Optional<String> user, Map<String, String> metadata) {
  /** A message, which repeats nothing. */
  public static final AnswerShape CHAT = new AnswerShape(true, Optional.empty(), Map.of());

  public AnswerShape {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** That of the answer to a request. */
  public static AnswerShape of(CompletionRequest request) {
    return new AnswerShape(
        request.prompt() instanceof Prompt.Chat,
        request.options().user(),
        request.options().metadata());
  }
}
