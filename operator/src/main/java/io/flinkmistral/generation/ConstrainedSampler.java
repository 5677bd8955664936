package io.flinkmistral.generation;

import io.flinkmistral.constraint.tokens.HeldText;
import io.flinkmistral.constraint.tokens.TokenMask;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.sampling.Sampler;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;

/**
 * Holds an answer to its form: only tokens are drawn that are allowed, whatever the model, biases
 * and penalties say.
 */
final class ConstrainedSampler {
  private final HeldText text;

  /** Logits of tokens that are allowed; made when it is needed. */
  private float[] allowedLogits = {};

  ConstrainedSampler(HeldText text) {
    this.text = text;
  }

  void accept(int token) {
    text.accept(token);
  }

  /** What the answer is held to, before its first token. */
  HeldText again() {
    return text.again();
  }

  /** The token that must be next, if that can be told. */
  OptionalInt forced() {
    return text.forced();
  }

  /** Why the answer can neither go on nor end, if it cannot. */
  Optional<InvalidRequestException> deadEnd(int tokens) {
    try {
      return text.forced().isPresent() || isAnyAllowed()
          ? Optional.empty()
          : Optional.of(
              new InvalidRequestException(
                  "",
                  ErrorCode.CONSTRAINT_DEAD_END,
                  "after %d tokens of the answer its form allows nothing that the model's vocabulary can write"
                      .formatted(tokens)));
    } catch (InvalidRequestException tooManyWays) {
      return Optional.of(tooManyWays);
    }
  }

  private boolean isAnyAllowed() {
    return text.allowed().map(mask -> mask.count() > 0).orElse(true);
  }

  /** Whether some tokens are not allowed now. */
  boolean isHeld() {
    return text.allowed().isPresent();
  }

  /** Whether the answer so far is held to nothing. */
  boolean isFree() {
    return text.isFree();
  }

  /**
   * A token that is allowed, where some are not.
   *
   * @param sampler chooses from logits, from the first on; those of other tokens are minus infinity
   */
  int draw(Logits logits, int row, ToIntFunction<float[]> sampler) {
    TokenMask allowed = text.allowed().orElseThrow();
    int size = logits.vocabularySize();
    if (allowedLogits.length != size) {
      allowedLogits = new float[size];
    }
    System.arraycopy(logits.values(), logits.offset(row), allowedLogits, 0, size);
    allowed.apply(allowedLogits, 0);
    int token = sampler.applyAsInt(allowedLogits);
    if (allowed.allows(token)) {
      return token;
    }
    // What is allowed is all forbidden by something else, or no number: the form comes first.
    int best = Sampler.argmax(allowedLogits, 0, size);
    return allowed.allows(best) ? best : allowed.first();
  }
}
