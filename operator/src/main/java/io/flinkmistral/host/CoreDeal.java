package io.flinkmistral.host;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Deals cores out to engines. All who know of the same engines come to the same result: of 4 cores
 * and 3 engines that may run on all, the first by name has 2, the others 1; engines on cores of
 * their own have all of these.
 */
final class CoreDeal {
  private final List<EngineClaim> engines;
  private final Map<EngineClaim, Integer> dealt = new HashMap<>();

  private CoreDeal(List<EngineClaim> engines) {
    this.engines = engines;
  }

  /** The cores that {@code own} has; at least one, also where there are more engines than cores. */
  static int share(EngineClaim own, List<EngineClaim> others, Cores cores) {
    List<EngineClaim> engines =
        Stream.concat(Stream.of(own), others.stream())
            .sorted(Comparator.comparing(EngineClaim::name))
            .toList();
    CoreDeal deal = new CoreDeal(engines);
    deal.all(cores);
    return Math.max(1, deal.dealt.getOrDefault(own, 0));
  }

  /** Cores that few may take go first: who may take others has those. */
  private void all(Cores cores) {
    NavigableMap<Integer, List<EngineClaim>> takers = new TreeMap<>();
    for (EngineClaim engine : engines) {
      TreeSet<Integer> own = new TreeSet<>();
      engine.cpus().stream().map(cores::of).forEach(own::add);
      for (int core : own) {
        takers.merge(
            core, List.of(engine), (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
      }
    }
    takers.values().stream().sorted(Comparator.comparingInt(List::size)).forEach(this::dealOne);
  }

  /** To the one that has the fewest, of equal ones the first. */
  private void dealOne(List<EngineClaim> takers) {
    takers.stream()
        .filter(engine -> dealt.getOrDefault(engine, 0) < engine.threads())
        .min(Comparator.comparingInt(engine -> dealt.getOrDefault(engine, 0)))
        .ifPresent(engine -> dealt.merge(engine, 1, Integer::sum));
  }
}
