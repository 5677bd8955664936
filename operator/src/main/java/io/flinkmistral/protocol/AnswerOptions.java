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
 * @param topLogprobs whether the answer says how likely its tokens were, and beside each how likely
 *     so many of the most probable ones; absent: it does not
 * @param user the asker's own word for a user, repeated in the answer
 * @param metadata the asker's own words, repeated in the answer, in their order
 * @param cacheSalt requests of different ones share no keys and values
 */
public record AnswerOptions(
    boolean stream,
    OptionalInt topLogprobs,
    Optional<String> user,
    Map<String, String> metadata,
    Optional<String> cacheSalt) {
  /** The most of the most probable tokens. */
  public static final int MOST_TOP_LOGPROBS = 20;

  /** A whole answer, and nothing beside. */
  public static final AnswerOptions DEFAULT =
      new AnswerOptions(false, OptionalInt.empty(), Optional.empty(), Map.of());

  /** Without a salt. */
  public AnswerOptions(
      boolean stream,
      OptionalInt topLogprobs,
      Optional<String> user,
      Map<String, String> metadata) {
    this(stream, topLogprobs, user, metadata, Optional.empty());
  }

  public AnswerOptions {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    if (topLogprobs.isPresent()
        && (topLogprobs.getAsInt() < 0 || topLogprobs.getAsInt() > MOST_TOP_LOGPROBS)) {
      throw InvalidRequestException.outOfRange(
          "top_logprobs", topLogprobs.getAsInt(), "from 0 to " + MOST_TOP_LOGPROBS);
    }
  }

  public AnswerOptions withStream(boolean streamed) {
    return new AnswerOptions(streamed, topLogprobs, user, metadata, cacheSalt);
  }

  public AnswerOptions withTopLogprobs(int most) {
    return new AnswerOptions(stream, OptionalInt.of(most), user, metadata, cacheSalt);
  }
}
