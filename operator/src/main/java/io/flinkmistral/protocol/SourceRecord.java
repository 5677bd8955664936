package io.flinkmistral.protocol;

import java.util.List;

/**
 * The record of a log that brought a request, byte for byte, so that it can be set aside unchanged.
 *
 * @param key null where the record has none
 * @param value null where the record has none
 */
public record SourceRecord(
    String topic, int partition, long offset, byte[] key, byte[] value, List<Header> headers) {
  public SourceRecord {
    headers = List.copyOf(headers);
  }

  /**
   * A header of the record.
   *
   * @param value null where the header has none
   */
  public record Header(String name, byte[] value) {}
}
