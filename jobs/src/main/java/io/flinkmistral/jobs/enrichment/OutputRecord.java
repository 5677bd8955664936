package io.flinkmistral.jobs.enrichment;

import io.flinkmistral.protocol.ErrorCode;

/**
 * What goes out for a record; Flink keeps it as it keeps any Java record.
 *
 * @param input as it came in
 * @param row with the new fields; null for a dead letter
 * @param code of the error; empty for a row
 * @param parameter that is to blame, perhaps
 * @param message why there is no row
 */
public record OutputRecord(
    InputRecord input, byte[] row, String code, String parameter, String message) {
  /** A record that has a row. */
  public static OutputRecord row(InputRecord input, byte[] row) {
    return new OutputRecord(input, row, "", "", "");
  }

  /** A record that has none. */
  public static OutputRecord letter(
      InputRecord input, ErrorCode code, String parameter, String message) {
    return new OutputRecord(input, null, code.name(), parameter, message);
  }

  /** Whether there is a row, or an error. */
  public boolean isRow() {
    return row != null;
  }
}
