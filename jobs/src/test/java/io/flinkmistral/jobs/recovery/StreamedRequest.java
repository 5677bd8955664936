package io.flinkmistral.jobs.recovery;

import org.apache.kafka.clients.producer.ProducerRecord;

/** A request whose answer is streamed. */
interface StreamedRequest {
  ProducerRecord<byte[], byte[]> record(String topic);
}
