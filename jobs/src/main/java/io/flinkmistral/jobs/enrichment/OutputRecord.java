package io.flinkmistral.jobs.enrichment;

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
  boolean isRow() {
    return row != null;
  }
}
