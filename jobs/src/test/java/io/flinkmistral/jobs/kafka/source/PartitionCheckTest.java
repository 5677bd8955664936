package io.flinkmistral.jobs.kafka.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;

class PartitionCheckTest {
  private static final int PARTITIONS = 6;

  private final Map<String, Counter> counters = new HashMap<>();
  private final AtomicInteger doubts = new AtomicInteger();
  private int known = PARTITIONS;
  private final PartitionCheck check =
      new PartitionCheck(
          () -> known,
          doubts::incrementAndGet,
          new UnregisteredMetricsGroup() {
            @Override
            public Counter counter(String name) {
              return counters.computeIfAbsent(name, _ -> new SimpleCounter());
            }
          });

  @Test
  void recordsOfKafkasOwnProducerAreWhereTheyBelong() {
    keys().forEach(key -> check.check(record(own(key), key)));
    assertThat(elsewhere()).isZero();
    assertThat(doubts).hasValue(0);
  }

  @Test
  void recordsInOtherPartitionsAreCounted() {
    keys().forEach(key -> check.check(record((own(key) + 1) % PARTITIONS, key)));
    assertThat(elsewhere()).isEqualTo(keys().size());
    assertThat(doubts).hasValue(keys().size());
  }

  @Test
  void recordsWithoutKeyAreCountedByThemselves() {
    IntStream.range(0, PARTITIONS).forEach(partition -> check.check(record(partition, null)));
    assertThat(elsewhere()).isZero();
    assertThat(counters.get("recordsWithoutKey").getCount()).isEqualTo(PARTITIONS);
  }

  @Test
  void nothingIsSaidOfPartitionsThatAreNotKnown() {
    for (int partitions : new int[] {0, 3}) {
      known = partitions;
      check.check(record(3, "c"));
    }
    assertThat(elsewhere()).isZero();
    assertThat(doubts).hasValue(2);
  }

  private long elsewhere() {
    return counters.get("recordsInOtherPartitions").getCount();
  }

  private static List<String> keys() {
    return IntStream.range(0, 100).mapToObj(i -> "c-" + i).toList();
  }

  private static int own(String key) {
    return BuiltInPartitioner.partitionForKey(key.getBytes(UTF_8), PARTITIONS);
  }

  private static ConsumerRecord<byte[], byte[]> record(int partition, String key) {
    return new ConsumerRecord<>(
        "prompts", partition, 0, key == null ? null : key.getBytes(UTF_8), new byte[0]);
  }
}
