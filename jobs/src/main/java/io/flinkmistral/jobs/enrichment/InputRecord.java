package io.flinkmistral.jobs.enrichment;

/**
 * A record as it came in; Flink keeps it as it keeps any Java record.
 *
 * @param value its bytes: a JSON object, or a line of CSV; null for none
 * @param key of a topic's record; null for none
 * @param headerNames of a topic's record
 * @param headerValues of them
 * @param place where it stands, for people
 */
public record InputRecord(
    byte[] value, byte[] key, String[] headerNames, byte[][] headerValues, String place) {
  private static final String[] NONE = {};

  /** A line of a file. */
  static InputRecord ofLine(byte[] line) {
    return new InputRecord(line, null, NONE, new byte[0][], "a line of a file");
  }
}
