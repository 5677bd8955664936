package io.flinkmistral.constraint.schema.text;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Formats of texts that are enforced.
 *
 * <p>Some are narrower than their standard, such as addresses without quoted parts: what is allowed
 * here is always of the format, but not each text of the format is allowed.
 */
public enum Format {
  DATE("date", false),
  TIME("time", false),
  DATE_TIME("date-time", false),
  DURATION("duration", false),
  EMAIL("email", false),
  IDN_EMAIL("idn-email", false),
  HOSTNAME("hostname", false),
  IDN_HOSTNAME("idn-hostname", false),
  IPV4("ipv4", true),
  IPV6("ipv6", false),
  URI("uri", false),
  IRI("iri", false),
  URI_REFERENCE("uri-reference", false),
  IRI_REFERENCE("iri-reference", false),
  UUID("uuid", true),
  JSON_POINTER("json-pointer", false),
  RELATIVE_JSON_POINTER("relative-json-pointer", false);

  /** Of the standard, but not enforced. */
  public static final Set<String> REFUSED = Set.of("regex", "uri-template");

  private final String word;
  private final boolean exact;

  Format(String word, boolean exact) {
    this.word = word;
    this.exact = exact;
  }

  public static Optional<Format> of(String word) {
    for (Format format : values()) {
      if (format.word.equals(word)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  public String word() {
    return word;
  }

  /** Whether each text of the format is allowed. */
  public boolean isExact() {
    return exact;
  }

  /**
   * What a whole text must match.
   *
   * @param most where the schema bounds the length: with a bound, parts of a text are bounded so
   *     that there is less to count; texts can still be longer
   */
  public String pattern(OptionalInt most) {
    return switch (this) {
      case DATE -> TimePatterns.NO_YEAR_0 + TimePatterns.DATE;
      case TIME -> TimePatterns.TIME;
      case DATE_TIME -> TimePatterns.NO_YEAR_0 + TimePatterns.DATE + "T" + TimePatterns.TIME;
      case DURATION -> TimePatterns.duration();
      case EMAIL, IDN_EMAIL -> NetworkPatterns.email(most);
      case HOSTNAME -> NetworkPatterns.hostname(most);
      // Capitals are not allowed among names of all languages (RFC 5891).
      case IDN_HOSTNAME -> NetworkPatterns.hostname(most).replace("A-Z", "");
      case IPV4 -> NetworkPatterns.IPV4;
      case IPV6 -> NetworkPatterns.ipv6();
      case URI, IRI -> NetworkPatterns.uri(most);
      case URI_REFERENCE, IRI_REFERENCE -> NetworkPatterns.uriReference(most);
      case UUID -> "[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}";
      case JSON_POINTER -> NetworkPatterns.JSON_POINTER;
      case RELATIVE_JSON_POINTER -> "(0|[1-9]\\d{0,5})(#|" + NetworkPatterns.JSON_POINTER + ")";
    };
  }
}
