package io.flinkmistral.jobs.kafka.source;

import java.util.function.IntSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices records that are in another partition than Kafka's own producer gives their key. Where
 * producers of one topic choose partitions in different ways, requests of one conversation are in
 * several partitions, and these are read in any order. Records without a key are spread over
 * partitions, and are counted by themselves.
 */
final class PartitionCheck {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionCheck.class);

  private final IntSupplier partitions;
  private final Runnable mayBeOld;
  private final Counter elsewhere;
  private final Counter withoutKey;

  /**
   * @param partitions how many there are; 0 where it is not known
   * @param mayBeOld is told when that may have changed
   */
  PartitionCheck(IntSupplier partitions, Runnable mayBeOld, MetricGroup metrics) {
    this.partitions = partitions;
    this.mayBeOld = mayBeOld;
    this.elsewhere = metrics.counter("recordsInOtherPartitions");
    this.withoutKey = metrics.counter("recordsWithoutKey");
  }

  void check(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      withoutKey.inc();
      return;
    }
    int count = partitions.getAsInt();
    if (record.partition() >= count) {
      mayBeOld.run();
      return;
    }
    int own = Utils.toPositive(Utils.murmur2(record.key())) % count;
    if (own != record.partition()) {
      elsewhere.inc();
      mayBeOld.run();
      warnOnce(record, own, count);
    }
  }

  private void warnOnce(ConsumerRecord<byte[], byte[]> record, int own, int count) {
    if (elsewhere.getCount() == 1) {
      LOG.warn(
          "record {}-{}-{} is in another partition than Kafka's own producer gives its key ({} of"
              + " {}): a producer has another partitioner, or partitions were added. Requests of a"
              + " conversation that are in several partitions are answered in any order;"
              + " jobs/README.md has the setting of each client. More such records are counted, and"
              + " not logged",
          record.topic(),
          record.partition(),
          record.offset(),
          own,
          count);
    }
  }
}
