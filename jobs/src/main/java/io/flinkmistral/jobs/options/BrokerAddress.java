package io.flinkmistral.jobs.options;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where a broker listens.
 *
 * @param host name or address
 */
public record BrokerAddress(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?:\\w+://)?(\\[[0-9a-fA-F:.%]+]|[a-zA-Z0-9._-]+):([0-9]{1,5})");
  private static final int MOST = 65_535;

  /** Those of a list such as {@code a:9092,b:9092}. */
  public static List<BrokerAddress> list(String servers) {
    return Stream.of(servers.strip().split("\\s*,\\s*")).map(BrokerAddress::of).toList();
  }

  static boolean isList(String servers) {
    return Stream.of(servers.strip().split("\\s*,\\s*", -1)).allMatch(BrokerAddress::isAddress);
  }

  private static boolean isAddress(String server) {
    Matcher matcher = FORM.matcher(server);
    return matcher.matches()
        && Integer.parseInt(matcher.group(2)) >= 1
        && Integer.parseInt(matcher.group(2)) <= MOST;
  }

  private static BrokerAddress of(String server) {
    Matcher matcher = FORM.matcher(server);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no address of a broker: " + server);
    }
    return new BrokerAddress(matcher.group(1), Integer.parseInt(matcher.group(2)));
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
