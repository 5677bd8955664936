package io.flinkmistral.host;

import java.util.BitSet;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Processors by their numbers, which Linux writes as {@code 0-3,8,10-11}. Immutable. */
final class CpuList {
  /** Far above what Linux can be built for. */
  static final int MOST = 1 << 16;

  private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");

  private final BitSet cpus;

  private CpuList(BitSet cpus) {
    this.cpus = cpus;
  }

  /** The processors 0 to {@code count - 1}. */
  static CpuList first(int count) {
    BitSet cpus = new BitSet();
    cpus.set(0, count);
    return new CpuList(cpus);
  }

  /** What a list says; nothing if it is none, or empty. */
  static Optional<CpuList> parse(String text) {
    BitSet cpus = new BitSet();
    for (String part : text.strip().split(",", -1)) {
      Matcher range = RANGE.matcher(part);
      if (!range.matches()) {
        return Optional.empty();
      }
      int from = Integer.parseInt(range.group(1));
      int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
      if (to < from || to >= MOST) {
        return Optional.empty();
      }
      cpus.set(from, to + 1);
    }
    return Optional.of(new CpuList(cpus));
  }

  boolean contains(int cpu) {
    return cpus.get(cpu);
  }

  IntStream stream() {
    return cpus.stream();
  }

  int first() {
    return cpus.nextSetBit(0);
  }

  int size() {
    return cpus.cardinality();
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int from = cpus.nextSetBit(0); from >= 0; ) {
      int end = cpus.nextClearBit(from);
      text.append(text.isEmpty() ? "" : ",").append(from);
      if (end - from > 1) {
        text.append('-').append(end - 1);
      }
      from = cpus.nextSetBit(end);
    }
    return text.toString();
  }
}
