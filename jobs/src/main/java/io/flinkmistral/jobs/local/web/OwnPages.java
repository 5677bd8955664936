package io.flinkmistral.jobs.local.web;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells requests of the server's own pages, and of programs, from those of other web pages. */
final class OwnPages {
  private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:]+]|[^:\\[\\]]+)(:[0-9]+)?");
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

  /** A page of the server's own, or the user, who has typed the address. */
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

  private OwnPages() {}

  /**
   * Whether a request is to be answered.
   *
   * @param host header {@code Host}: a name that is not of this machine was resolved to it by
   *     somebody else
   * @param origin header {@code Origin}, which browsers send with whatever changes something; null
   *     where there is none
   * @param site header {@code Sec-Fetch-Site}, which they send with everything; null where there is
   *     none
   */
  static boolean allow(String host, String origin, String site) {
    return isLoopback(host)
        && (origin == null || origin.equals("http://" + host))
        && (site == null || OWN_SITES.contains(site));
  }

  private static boolean isLoopback(String host) {
    if (host == null) {
      return false;
    }
    Matcher matcher = HOST.matcher(host);
    return matcher.matches() && LOOPBACK.contains(matcher.group(1).toLowerCase(Locale.ROOT));
  }
}
