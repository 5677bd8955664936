package io.flinkmistral.constraint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A set of characters, as Unicode code points without surrogates.
 *
 * @param ranges ascending, neither overlapping nor touching
 */
public record CodePoints(List<Range> ranges) {
  private static final int LAST = java.lang.Character.MAX_CODE_POINT;

  /** Characters {@code first .. last}. */
  public record Range(int first, int last) {
    public Range {
      if (first < 0 || last > LAST || first > last) {
        throw new IllegalArgumentException("characters from %d to %d".formatted(first, last));
      }
    }
  }

  private static final Range SURROGATES =
      new Range(java.lang.Character.MIN_SURROGATE, java.lang.Character.MAX_SURROGATE);

  /** No character. */
  public static final CodePoints NONE = new CodePoints(List.of());

  /** Every character. */
  public static final CodePoints ALL = of(new Range(0, LAST));

  public CodePoints {
    ranges = List.copyOf(ranges);
  }

  /** The characters of the ranges, which may overlap and be in any order; surrogates are none. */
  public static CodePoints of(Range... ranges) {
    return of(List.of(ranges));
  }

  /** The characters of the ranges, which may overlap and be in any order; surrogates are none. */
  public static CodePoints of(List<Range> ranges) {
    List<Range> parts = new ArrayList<>();
    for (Range range : ranges) {
      addIfAny(range.first(), Math.min(range.last(), SURROGATES.first() - 1), parts);
      addIfAny(Math.max(range.first(), SURROGATES.last() + 1), range.last(), parts);
    }
    parts.sort(Comparator.comparingInt(Range::first));
    List<Range> merged = new ArrayList<>();
    for (Range range : parts) {
      Range before = merged.isEmpty() ? null : merged.getLast();
      if (before != null && range.first() <= before.last() + 1) {
        merged.set(
            merged.size() - 1, new Range(before.first(), Math.max(before.last(), range.last())));
      } else {
        merged.add(range);
      }
    }
    return new CodePoints(merged);
  }

  private static void addIfAny(int first, int last, List<Range> ranges) {
    if (first <= last) {
      ranges.add(new Range(first, last));
    }
  }

  /** The characters of a text. */
  public static CodePoints in(String characters) {
    return of(characters.codePoints().mapToObj(c -> new Range(c, c)).toList());
  }

  /** All other characters. */
  public CodePoints complement() {
    List<Range> others = new ArrayList<>();
    int from = 0;
    for (Range range : ranges) {
      addIfAny(from, range.first() - 1, others);
      from = range.last() + 1;
    }
    addIfAny(from, LAST, others);
    return of(others);
  }

  /** The characters of both sets. */
  public CodePoints and(CodePoints other) {
    return complement().or(other.complement()).complement();
  }

  /** The characters of either set. */
  public CodePoints or(CodePoints other) {
    List<Range> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return of(all);
  }

  public boolean contains(int codePoint) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) / 2;
      if (ranges.get(middle).last() < codePoint) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < ranges.size() && ranges.get(low).first() <= codePoint;
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }
}
