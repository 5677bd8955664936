package io.flinkmistral.constraint.tokens;

import io.flinkmistral.constraint.machine.GrammarWalk;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of a vocabulary's tokens as a tree, written down in the order in which it is walked: a
 * node comes before its children, and says where to go on if none of them can follow. Immutable.
 */
final class TokenTrie {
  /** A token and the bytes that it adds to a text. */
  record Token(int id, byte[] bytes) {}

  /** The byte that leads to each node; that of the root, node 0, has no meaning. */
  private final byte[] values;

  private final short[] depths;

  /** The first node that is not below this one. */
  private final int[] ends;

  /**
   * Tokens that end at node i are {@code tokens[firstToken[i]] .. tokens[firstToken[i + 1] - 1]}.
   */
  private final int[] firstToken;

  private final int[] tokens;
  private final int deepest;

  private TokenTrie(
      byte[] values, short[] depths, int[] ends, int[] firstToken, int[] tokens, int deepest) {
    this.values = values;
    this.depths = depths;
    this.ends = ends;
    this.firstToken = firstToken;
    this.tokens = tokens;
    this.deepest = deepest;
  }

  static TokenTrie of(List<Token> vocabulary) {
    List<Token> sorted = new ArrayList<>(vocabulary);
    sorted.sort(
        (a, b) -> {
          int order = Arrays.compareUnsigned(a.bytes(), b.bytes());
          return order == 0 ? Integer.compare(a.id(), b.id()) : order;
        });
    int most = 2 + sorted.stream().mapToInt(token -> token.bytes().length).sum();
    int deepest = sorted.stream().mapToInt(token -> token.bytes().length).max().orElse(0);
    byte[] values = new byte[most];
    short[] depths = new short[most];
    int[] ends = new int[most];
    int[] firstToken = new int[most];
    int[] tokens = sorted.stream().mapToInt(Token::id).toArray();
    int[] path = new int[deepest + 1]; // The nodes of the last token's bytes.
    int size = 1;
    byte[] last = new byte[0];
    for (int i = 0; i < tokens.length; i++) {
      byte[] bytes = sorted.get(i).bytes();
      int common = Math.max(0, Arrays.mismatch(last, bytes));
      if (Arrays.equals(last, bytes)) {
        common = bytes.length;
      }
      for (int depth = common + 1; depth <= last.length; depth++) {
        ends[path[depth]] = size;
      }
      for (int depth = common + 1; depth <= bytes.length; depth++) {
        values[size] = bytes[depth - 1];
        depths[size] = (short) depth;
        firstToken[size] = i;
        path[depth] = size++;
      }
      last = bytes;
    }
    for (int depth = 1; depth <= last.length; depth++) {
      ends[path[depth]] = size;
    }
    ends[0] = size;
    firstToken[size] = tokens.length;
    return new TokenTrie(
        Arrays.copyOf(values, size),
        Arrays.copyOf(depths, size),
        Arrays.copyOf(ends, size),
        Arrays.copyOf(firstToken, size + 1),
        tokens,
        deepest);
  }

  /** The most bytes of a token. */
  int deepest() {
    return deepest;
  }

  /**
   * Marks the tokens that can follow.
   *
   * @throws InvalidRequestException if it would take too long, as the grammar can be read in too
   *     many ways
   */
  void follow(GrammarWalk walk, TokenMask.Marks marks) {
    GrammarWalk.Stop[] path = new GrammarWalk.Stop[deepest + 1];
    path[0] = walk.start();
    mark(0, marks);
    for (int node = 1; node < values.length; ) {
      int depth = depths[node];
      GrammarWalk.Stop after = path[depth - 1].after(values[node] & 0xFF);
      if (after.isDead()) {
        node = ends[node];
      } else {
        path[depth] = after;
        mark(node, marks);
        node++;
      }
    }
  }

  private void mark(int node, TokenMask.Marks marks) {
    for (int i = firstToken[node]; i < firstToken[node + 1]; i++) {
      marks.add(tokens[i]);
    }
  }

  /**
   * Whether some token begins with {@code bytes[from ..]} and goes on with a byte that can follow.
   *
   * @param after all of {@code bytes}
   */
  boolean goesOn(byte[] bytes, int from, GrammarWalk.Stop after) {
    int node = 0;
    for (int i = from; i < bytes.length; i++) {
      node = child(node, bytes[i]);
      if (node < 0) {
        return false;
      }
    }
    for (int child = node + 1; child < ends[node]; child = ends[child]) {
      if (!after.after(values[child] & 0xFF).isDead()) {
        return true;
      }
    }
    return false;
  }

  private int child(int node, byte value) {
    for (int child = node + 1; child < ends[node]; child = ends[child]) {
      if (values[child] == value) {
        return child;
      }
    }
    return -1;
  }
}
