package io.flinkmistral.kernel.vector;

import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * How many tokens the kernels of a layout take that are in use, one of them at least. More come in
 * as they are compiled, on other threads: all give the same bits.
 */
public final class TokenCounts {
  /** Kernels that need not be compiled first; with more tokens they are interpreted for minutes. */
  private static final List<Integer> UNCOMPILED = List.of(1, 2, 4);

  private static final List<Integer> FOUR_AND_FIVE = List.of(4, 5);

  private final NavigableSet<Integer> inUse = new ConcurrentSkipListSet<>(UNCOMPILED);

  /** Those of them that are compiled. */
  private final Set<Integer> compiled = ConcurrentHashMap.newKeySet();

  /**
   * How many of {@code tokens} the next kernel takes: the fewest that are enough, if at least half
   * of them are tokens and not empty, or else the most that it is full of.
   */
  int next(int tokens) {
    if (tokens % 5 == 3 && inUse.containsAll(FOUR_AND_FIVE)) {
      // After fives three would be left, which no kernel takes.
      return 4;
    }
    Integer enough = inUse.ceiling(tokens);
    return enough != null && enough <= 2 * tokens ? enough : inUse.floor(tokens);
  }

  /** The same where none may be left empty. */
  public int nextFull(int tokens) {
    int next = next(tokens);
    return next <= tokens ? next : inUse.floor(tokens);
  }

  /** From now on so many tokens may be taken at once, as that is compiled. */
  public void use(int tokens) {
    compiled.add(tokens);
    inUse.add(tokens);
  }

  /**
   * From now on so many tokens are taken at once, 1 or 2, beside what another model has had
   * compiled, until more is in use again.
   */
  void useOnly(int tokens) {
    inUse.removeIf(count -> count != tokens && !compiled.contains(count));
    inUse.add(tokens);
  }
}
