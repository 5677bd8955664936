package io.flinkmistral.protocol;

/**
 * What the id of a conversation says. A conversation may be forked into others that have its id up
 * to the first {@code ~}, their <i>root</i>: {@code c-4}, {@code c-4~b} and {@code c-4~other}.
 * Whatever is distributed or ordered by conversation goes by the root, so that a conversation and
 * its forks stay together and their requests in order.
 */
public final class ConversationIds {
  private static final char FORK = '~';

  private ConversationIds() {}

  /** What the ids of forks of a conversation begin with, and of forks of these. */
  public static String forkPrefix(String id) {
    return id + FORK;
  }

  /** The id up to its first {@code ~}; the whole id where there is none, or at its beginning. */
  public static String root(String id) {
    int end = id.indexOf(FORK);
    return end <= 0 ? id : id.substring(0, end);
  }
}
