package io.flinkmistral.sampling;

import java.nio.charset.StandardCharsets;

/**
 * Random numbers that depend on a seed and a token's index alone, so that a replay draws the same
 * ones. The mixing function is that of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom
 * number generators, OOPSLA 2014).
 */
public final class TokenRandom {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private TokenRandom() {}

  /** A number from 0 (included) to 1 (excluded) for the token at {@code index} of an answer. */
  public static double uniform(long seed, int index) {
    long bits = mix(mix(seed) + (index + 1L) * GOLDEN_GAMMA);
    return (bits >>> 11) * 0x1p-53;
  }

  /** The seed of a request that names none: from its ids, never from a clock. */
  public static long seedOf(String conversationId, String requestId) {
    long seed = 0;
    for (byte b : (conversationId + '\0' + requestId).getBytes(StandardCharsets.UTF_8)) {
      seed = mix(seed + b + GOLDEN_GAMMA);
    }
    return seed;
  }

  /**
   * The seed of one of several answers to a request; that of the first is the request's own.
   *
   * @param choice which one, from 0 on
   */
  public static long seedOfChoice(long seed, int choice) {
    return choice == 0 ? seed : mix(seed ^ mix(choice * GOLDEN_GAMMA));
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
