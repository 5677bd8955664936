package io.flinkmistral.constraint.schema.text;

/** Dates and times of RFC 3339. */
final class TimePatterns {
  /** Which is of the format, but some calendars begin with year 1. */
  static final String NO_YEAR_0 = "(?!0000)";

  /** Full-date, with the days that the months have. */
  static final String DATE =
      "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)"
          + "|02-(0[1-9]|1\\d|2[0-8]))"
          + "|(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";

  /** Full-time, without leap seconds. */
  static final String TIME =
      "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)";

  private TimePatterns() {}

  /** Appendix A, with numbers of up to six digits. */
  static String duration() {
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
}
