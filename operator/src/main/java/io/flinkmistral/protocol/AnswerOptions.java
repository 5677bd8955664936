package io.flinkmistral.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How an answer is given, whatever its words are.
 *
 * @param stream whether its tokens are sent one by one, too
 * @param choices how many answers are given, each drawn for itself
 * @param topLogprobs whether the answer says how likely its tokens were, and beside each how likely
 *     so many of the most probable ones; absent: it does not
 * @param promptLogprobs the same of the prompt's tokens
 * @param user the asker's own word for a user, repeated in the answer
 * @param metadata the asker's own words, repeated in the answer, in their order
 * @param cacheSalt requests of different ones share no keys and values
 */
public record AnswerOptions(
    boolean stream,
    int choices,
    OptionalInt topLogprobs,
    OptionalInt promptLogprobs,
    Optional<String> user,
    Map<String, String> metadata,
    Optional<String> cacheSalt) {
  /** The most of the most probable tokens. */
  public static final int MOST_TOP_LOGPROBS = 20;

  /** The most answers to one request. */
  public static final int MOST_CHOICES = 16;

  /** A whole answer, and nothing beside. */
  public static final AnswerOptions DEFAULT =
      new AnswerOptions(
          false,
          1,
          OptionalInt.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          Map.of(),
          Optional.empty());

  public AnswerOptions {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    if (choices < 1 || choices > MOST_CHOICES) {
      throw InvalidRequestException.outOfRange("n", choices, "from 1 to " + MOST_CHOICES);
    }
    checkTop("top_logprobs", topLogprobs);
    checkTop("prompt_logprobs", promptLogprobs);
  }

  private static void checkTop(String parameter, OptionalInt top) {
    if (top.isPresent() && (top.getAsInt() < 0 || top.getAsInt() > MOST_TOP_LOGPROBS)) {
      throw InvalidRequestException.outOfRange(
          parameter, top.getAsInt(), "from 0 to " + MOST_TOP_LOGPROBS);
    }
  }

  public AnswerOptions withStream(boolean streamed) {
    return new AnswerOptions(
        streamed, choices, topLogprobs, promptLogprobs, user, metadata, cacheSalt);
  }

  public AnswerOptions withTopLogprobs(int most) {
    return new AnswerOptions(
        stream, choices, OptionalInt.of(most), promptLogprobs, user, metadata, cacheSalt);
  }

  public AnswerOptions withUser(String name) {
    return new AnswerOptions(
        stream, choices, topLogprobs, promptLogprobs, Optional.of(name), metadata, cacheSalt);
  }

  public AnswerOptions withCacheSalt(String salt) {
    return new AnswerOptions(
        stream, choices, topLogprobs, promptLogprobs, user, metadata, Optional.of(salt));
  }

  public AnswerOptions withChoices(int many) {
    return new AnswerOptions(stream, many, topLogprobs, promptLogprobs, user, metadata, cacheSalt);
  }

  public AnswerOptions withPromptLogprobs(int most) {
    return new AnswerOptions(
        stream, choices, topLogprobs, OptionalInt.of(most), user, metadata, cacheSalt);
  }
}
