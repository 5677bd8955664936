package io.flinkmistral.constraint.machine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Makes sets of stacks, each once. Safe for use by many threads. */
final class StackPool {
  /** The empty stack alone. */
  static final Stacks EMPTY = new Stacks(true, new int[0], new int[0], new int[0], new Stacks[0]);

  private final Map<Stacks, Stacks> known = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** About how many bytes of memory all take. */
  long bytes() {
    return bytes.get();
  }

  private Stacks pooled(Stacks stacks) {
    Stacks before = known.putIfAbsent(stacks, stacks);
    if (before == null) {
      bytes.addAndGet(stacks.bytes());
    }
    return before == null ? stacks : before;
  }

  /** Each stack with a frame on top. */
  Stacks push(int node, int low, int high, Stacks stacks) {
    return pooled(
        new Stacks(
            false, new int[] {node}, new int[] {low}, new int[] {high}, new Stacks[] {stacks}));
  }

  /** A union of sets; remembers what it has united. */
  Union union(Work work) {
    return new Union(work);
  }

  /** The same stacks with other numbers. */
  Stacks mapped(Stacks stacks, Frames frames) {
    return pooled(frames.toStacks(stacks.empty));
  }

  final class Union {
    private record Pair(Stacks a, Stacks b) {}

    private final Work work;
    private final Map<Pair, Stacks> united = new HashMap<>();

    private Union(Work work) {
      this.work = work;
    }

    /** The stacks of both. */
    Stacks of(Stacks a, Stacks b) throws Work.Exceeded {
      work.spend(1);
      if (a == b) {
        return a;
      }
      Pair pair = new Pair(a, b);
      Stacks known = united.get(pair);
      if (known == null) {
        known = made(a, b);
        united.put(pair, known);
      }
      return known;
    }

    private Stacks made(Stacks a, Stacks b) throws Work.Exceeded {
      work.spend(a.size() + b.size());
      Frames frames = new Frames(a.size() + b.size() + 2);
      int i = 0;
      int j = 0;
      // Where the rest of a range begins whose first part has been taken.
      int fromA = a.size() > 0 ? a.low[0] : 0;
      int fromB = b.size() > 0 ? b.low[0] : 0;
      while (i < a.size() || j < b.size()) {
        int order =
            i == a.size() ? 1 : j == b.size() ? -1 : Integer.compare(a.returns[i], b.returns[j]);
        if (order == 0) {
          order = a.high[i] < fromB ? -1 : b.high[j] < fromA ? 1 : 0;
        }
        if (order < 0) {
          frames.add(a.returns[i], fromA, a.high[i], a.below[i]);
          i++;
          fromA = i < a.size() ? a.low[i] : 0;
        } else if (order > 0) {
          frames.add(b.returns[j], fromB, b.high[j], b.below[j]);
          j++;
          fromB = j < b.size() ? b.low[j] : 0;
        } else {
          int first = Math.max(fromA, fromB);
          if (fromA < first) {
            frames.add(a.returns[i], fromA, first - 1, a.below[i]);
          }
          if (fromB < first) {
            frames.add(b.returns[j], fromB, first - 1, b.below[j]);
          }
          int last = Math.min(a.high[i], b.high[j]);
          frames.add(a.returns[i], first, last, of(a.below[i], b.below[j]));
          boolean endA = a.high[i] == last;
          boolean endB = b.high[j] == last;
          i += endA ? 1 : 0;
          j += endB ? 1 : 0;
          fromA = endA ? (i < a.size() ? a.low[i] : 0) : last + 1;
          fromB = endB ? (j < b.size() ? b.low[j] : 0) : last + 1;
        }
      }
      return pooled(frames.toStacks(a.empty || b.empty));
    }
  }

  /** Frames that are being collected, in their order. */
  static final class Frames {
    private int[] returns;
    private int[] low;
    private int[] high;
    private Stacks[] below;
    private int size;

    Frames(int capacity) {
      returns = new int[capacity];
      low = new int[capacity];
      high = new int[capacity];
      below = new Stacks[capacity];
    }

    /** Adds a range of frames; with the one before, where it goes on from there. */
    void add(int node, int first, int last, Stacks stacks) {
      if (size > 0
          && returns[size - 1] == node
          && below[size - 1] == stacks
          && first <= high[size - 1] + 1
          && first >= low[size - 1]) {
        high[size - 1] = Math.max(high[size - 1], last);
        return;
      }
      if (size == returns.length) {
        grow();
      }
      returns[size] = node;
      low[size] = first;
      high[size] = last;
      below[size] = stacks;
      size++;
    }

    private void grow() {
      int more = 2 * size + 2;
      returns = Arrays.copyOf(returns, more);
      low = Arrays.copyOf(low, more);
      high = Arrays.copyOf(high, more);
      below = Arrays.copyOf(below, more);
    }

    private Stacks toStacks(boolean empty) {
      return new Stacks(
          empty,
          Arrays.copyOf(returns, size),
          Arrays.copyOf(low, size),
          Arrays.copyOf(high, size),
          Arrays.copyOf(below, size));
    }
  }
}
