package io.flinkmistral.jobs.gateway.http;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a request is called in the topics that its client has named. The job answers each id once, so
 * one that is sent again after the last look back could find it needs another id; and so does one
 * that has failed and is tried again. Gateways that know the same choose the same.
 *
 * <p>A period is half a look back: what was sent in the same period is always found.
 *
 * @param hash of what the client has called it
 * @param period in which it was first sent
 * @param attempt from 1
 */
record KeyedId(String hash, long period, int attempt) {
  private static final Pattern FORM = Pattern.compile("key-(.{22})-([0-9]{1,18})-([0-9]{1,9})");

  static KeyedId first(String hash, long millis, Duration lookBack) {
    return new KeyedId(hash, millis / Math.max(1, lookBack.toMillis() / 2), 1);
  }

  /** What the ids of all its requests begin with. */
  static String prefix(String hash) {
    return "key-" + hash + "-";
  }

  static Optional<KeyedId> parse(String id) {
    Matcher matcher = FORM.matcher(id);
    return matcher.matches()
        ? Optional.of(
            new KeyedId(
                matcher.group(1),
                Long.parseLong(matcher.group(2)),
                Integer.parseInt(matcher.group(3))))
        : Optional.empty();
  }

  /** That of the next attempt. */
  KeyedId next() {
    return new KeyedId(hash, period, attempt + 1);
  }

  String text() {
    return prefix(hash) + period + "-" + attempt;
  }
}
