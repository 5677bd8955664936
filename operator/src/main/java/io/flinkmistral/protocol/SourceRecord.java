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
  /** Name of the header of an answer that says where its request stands. */
  public static final String SOURCE_HEADER = "mistral.source";

  public SourceRecord {
    headers = List.copyOf(headers);
  }

  /** Where it stands, as messages name it. */
  public String place() {
    return "%s-%d-%d".formatted(topic, partition, offset);
  }

  /** The same place without key and value, and with those headers only that an answer repeats. */
  public SourceRecord trace() {
    return new SourceRecord(topic, partition, offset, null, null, CopiedHeaders.of(headers));
  }

  /**
   * A header of the record.
   *
   * @param value null where the header has none
   */
  public record Header(String name, byte[] value) {}
}
