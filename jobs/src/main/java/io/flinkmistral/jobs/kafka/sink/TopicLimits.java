package io.flinkmistral.jobs.kafka.sink;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.RecordBatch;

/**
 * What a topic takes. One record that is refused spoils the transaction that it is in, and with it
 * all that was said since the last checkpoint: so a record is held against this before a producer
 * has it.
 *
 * @param topic its name
 * @param maxBytes of a record with all that its batch adds, uncompressed
 * @param needsKeys whether a record without a key is refused, as a compacted topic does
 */
record TopicLimits(String topic, int maxBytes, boolean needsKeys) {
  boolean takes(ProducerRecord<byte[], byte[]> record) {
    return bytes(record) <= maxBytes && (!needsKeys || record.key() != null);
  }

  /** As the producer counts it; uncompressed, since what compressing saves cannot be known. */
  static int bytes(ProducerRecord<byte[], byte[]> record) {
    return AbstractRecords.estimateSizeInBytesUpperBound(
        RecordBatch.CURRENT_MAGIC_VALUE,
        CompressionType.NONE,
        record.key(),
        record.value(),
        record.headers().toArray());
  }
}
