package io.flinkmistral.constraint.schema.number;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Remainders of decimal numbers by a modulus, digit by digit. Of those that the same digits lead to
 * 0 from, one stands for all: for multiples of 1,000 it only matters how many zeros are at the end.
 */
final class Remainders {
  static final int MAX_MODULUS = 1 << 16;

  private final int modulus;

  /** For each remainder, the one that stands for it. */
  private final int[] same;

  Remainders(int modulus) {
    if (modulus < 1 || modulus > MAX_MODULUS) {
      throw new IllegalArgumentException("modulus " + modulus);
    }
    this.modulus = modulus;
    this.same = new int[modulus];
    Map<List<Integer>, Integer> first = new HashMap<>();
    for (int remainder = 0; remainder < modulus; remainder++) {
      same[remainder] =
          first.putIfAbsent(endings(remainder), remainder) == null
              ? remainder
              : first.get(endings(remainder));
    }
  }

  /** For each number of further digits, those that lead to 0, or -1 if none do. */
  private List<Integer> endings(int remainder) {
    List<Integer> endings = new ArrayList<>();
    long shift = 1;
    while (true) {
      long missing = Math.floorMod(-remainder * shift, (long) modulus);
      endings.add(missing < shift ? (int) missing : -1);
      if (shift >= modulus) {
        return endings;
      }
      shift *= 10;
    }
  }

  /** 0: the digits so far are a multiple. */
  int after(int remainder, int digit) {
    return same[(int) ((remainder * 10L + digit) % modulus)];
  }
}
