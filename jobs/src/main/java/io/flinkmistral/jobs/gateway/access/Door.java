package io.flinkmistral.jobs.gateway.access;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who may call. Pages of other origins may not: a browser would send what they say with the rights
 * of whoever looks at them. Without keys the gateway's own names are all that tells its callers
 * from a page whose name was resolved to this machine (DNS rebinding); with keys such a page has
 * none.
 */
public final class Door {
  private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+)(:[0-9]+)?");
  private static final Pattern BEARER = Pattern.compile("(?i:bearer) +(\\S+)");

  /** A page of the gateway's own, or the user, who has typed the address. */
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

  private static final Pattern ORIGIN = Pattern.compile("(?i)(https?)://([^/]+)");

  private final Set<String> names;
  private final Set<String> namesElsewhere = new TreeSet<>();
  private final boolean tls;
  private final Optional<ApiKeys> keys;

  /**
   * @param names by which clients call the gateway beside those of the loopback interface
   * @param tls whether it is called by https; if not, one before it may be, and end the TLS
   */
  public Door(Iterable<String> names, boolean tls, Optional<ApiKeys> keys) {
    names.forEach(name -> namesElsewhere.add(name.toLowerCase(Locale.ROOT)));
    this.names = new TreeSet<>(Set.of("127.0.0.1", "localhost", "[::1]"));
    this.names.addAll(namesElsewhere);
    this.tls = tls;
    this.keys = keys;
  }

  /**
   * Refuses what other pages send.
   *
   * @param headers of the request, by their names; null where there is none
   * @throws ApiException if it is one
   */
  public void checkOrigin(UnaryOperator<String> headers) {
    String host = headers.apply("Host");
    String origin = headers.apply("Origin");
    String site = headers.apply("Sec-Fetch-Site");
    if (keys.isEmpty() && !isOwn(host)) {
      throw refused("the gateway is not called by that name: see option gateway.hosts");
    }
    if (origin != null && !isOwnOrigin(origin, host)) {
      throw refused("pages of other origins may not call");
    }
    if (site != null && !OWN_SITES.contains(site)) {
      throw refused("pages of other sites may not call");
    }
  }

  /**
   * A page from where the request says that it goes, or from one of the names that the gateway is
   * called by elsewhere, if something before it ends the TLS there and asks it by another name.
   */
  private boolean isOwnOrigin(String origin, String host) {
    Matcher matcher = ORIGIN.matcher(origin);
    if (!matcher.matches()) {
      return false;
    }
    boolean secure = matcher.group(1).equalsIgnoreCase("https");
    String place = place(matcher.group(2), secure);
    boolean asked = host != null && place.equals(place(host, secure));
    return tls
        ? secure && asked
        : asked || (secure && namesElsewhere.contains(place.replaceFirst(":443$", "")));
  }

  /** A host and its port, which may be left out where it is the usual one. */
  private static String place(String host, boolean secure) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.matches(".*:[0-9]+") ? lower : lower + (secure ? ":443" : ":80");
  }

  private boolean isOwn(String host) {
    if (host == null) {
      return false;
    }
    Matcher matcher = HOST.matcher(host);
    return matcher.matches() && names.contains(matcher.group(1).toLowerCase(Locale.ROOT));
  }

  private static ApiException refused(String why) {
    return ApiException.refused(403, "", "origin_not_allowed", why);
  }

  /**
   * Who calls.
   *
   * @throws ApiException if a key is wanted, and there is none, or a wrong one
   */
  public Client client(UnaryOperator<String> headers) {
    if (keys.isEmpty()) {
      return Client.ANYBODY;
    }
    String header = headers.apply("Authorization");
    Matcher bearer = BEARER.matcher(header == null ? "" : header.strip());
    if (!bearer.matches()) {
      throw unauthorised("an API key is wanted: Authorization: Bearer KEY");
    }
    return keys.get()
        .client(bearer.group(1))
        .orElseThrow(() -> unauthorised("the API key is not known"));
  }

  private static ApiException unauthorised(String message) {
    return ApiException.refused(401, "", "invalid_api_key", message);
  }
}
