package io.flinkmistral.constraint.schema;

import java.util.Optional;
import java.util.Set;

/**
 * Formats of texts that are enforced.
 *
 * <p>Some are narrower than their standard, such as addresses without quoted parts: what is allowed
 * here is always of the format, but not each text of the format is allowed.
 */
enum Format {
  DATE("date", true, Patterns.DATE),
  TIME("time", false, Patterns.TIME),
  DATE_TIME("date-time", false, Patterns.DATE + "T" + Patterns.TIME),
  DURATION("duration", false, Patterns.DURATION),
  EMAIL("email", false, Patterns.EMAIL),
  IDN_EMAIL("idn-email", false, Patterns.EMAIL),
  HOSTNAME("hostname", false, Patterns.HOSTNAME),
  IDN_HOSTNAME("idn-hostname", false, Patterns.HOSTNAME),
  IPV4("ipv4", true, Patterns.IPV4),
  IPV6("ipv6", false, Patterns.IPV6),
  URI("uri", false, Patterns.URI),
  IRI("iri", false, Patterns.URI),
  URI_REFERENCE("uri-reference", false, Patterns.URI_REFERENCE),
  IRI_REFERENCE("iri-reference", false, Patterns.URI_REFERENCE),
  UUID("uuid", true, Patterns.UUID),
  JSON_POINTER("json-pointer", true, Patterns.JSON_POINTER),
  RELATIVE_JSON_POINTER(
      "relative-json-pointer", false, "(0|[1-9]\\d{0,5})(#|" + Patterns.JSON_POINTER + ")");

  /** Of the standard, but not enforced. */
  static final Set<String> REFUSED = Set.of("regex", "uri-template");

  private final String word;
  private final boolean exact;
  private final String pattern;

  Format(String word, boolean exact, String pattern) {
    this.word = word;
    this.exact = exact;
    this.pattern = pattern;
  }

  static Optional<Format> of(String word) {
    for (Format format : values()) {
      if (format.word.equals(word)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  String word() {
    return word;
  }

  /** Whether each text of the format is allowed. */
  boolean isExact() {
    return exact;
  }

  /** What a whole text must match. */
  String pattern() {
    return pattern;
  }

  private static final class Patterns {
    /** RFC 3339, full-date, with the days that the months have. */
    static final String DATE =
        "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)"
            + "|02-(0[1-9]|1\\d|2[0-8]))"
            + "|(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";

    /** RFC 3339, full-time, without leap seconds. */
    static final String TIME =
        "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)";

    /** RFC 3339, appendix A, with up to six digits. */
    static final String DURATION = duration();

    private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9]{0,30}(-[A-Za-z0-9]{1,10}){0,2})";
    static final String HOSTNAME = LABEL + "(\\." + LABEL + "){0,2}";

    static final String EMAIL =
        "[A-Za-z0-9_+-]{1,32}(\\.[A-Za-z0-9_+-]{1,10}){0,3}@" + LABEL + "(\\." + LABEL + "){1,2}";

    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    static final String IPV4 = BYTE + "(\\." + BYTE + "){3}";

    /** RFC 4291, 2.2, forms 1 and 2. */
    static final String IPV6 = ipv6();

    /** RFC 3986 without user information, with names as hosts. */
    static final String URI = uri();

    private static final String PATH_CHARACTER = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
    static final String URI_REFERENCE =
        "("
            + uri()
            + "|(/"
            + PATH_CHARACTER
            + "+)*/?(\\?"
            + PATH_CHARACTER
            + "*)?(#"
            + PATH_CHARACTER
            + "*)?)";

    static final String UUID = "[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}";

    /** RFC 6901. */
    static final String JSON_POINTER = "(/([^~/]|~[01])*)*";

    private Patterns() {}

    private static String duration() {
      String number = "\\d{1,6}";
      String seconds = number + "S";
      String minutes = number + "M(" + seconds + ")?";
      String hours = number + "H(" + minutes + ")?";
      String time = "T(" + hours + "|" + minutes + "|" + seconds + ")";
      String days = number + "D";
      String months = number + "M(" + days + ")?";
      String years = number + "Y(" + months + ")?";
      String date = "(" + days + "|" + months + "|" + years + ")(" + time + ")?";
      return "P(" + date + "|" + time + "|" + number + "W)";
    }

    private static String ipv6() {
      String part = "[0-9A-Fa-f]{1,4}";
      StringBuilder forms = new StringBuilder("(" + part + "(:" + part + "){7}");
      for (int before = 0; before <= 7; before++) {
        int after = 7 - before;
        String left = before == 0 ? "" : part + "(:" + part + "){" + (before - 1) + "}";
        String right = after == 0 ? "" : "(" + part + "(:" + part + "){0," + (after - 1) + "})?";
        forms.append('|').append(left).append("::").append(right);
      }
      return forms.append(")").toString();
    }

    private static String uri() {
      String path = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
      String label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
      String host = label + "(\\." + label + ")*";
      return "[A-Za-z][A-Za-z0-9+.-]*:(//"
          + host
          + "(:\\d{1,5})?(/"
          + path
          + "*)*|"
          + path
          + "+(/"
          + path
          + "*)*)"
          + "(\\?("
          + path
          + "|[/?])*)?(#("
          + path
          + "|[/?])*)?";
    }
  }
}
