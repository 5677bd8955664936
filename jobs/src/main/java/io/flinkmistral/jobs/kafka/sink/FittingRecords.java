package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.protocol.Excerpt;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is handed to a producer: records that their topics take, and no others. Of several forms of
 * one record the first is taken that fits; what fits in none is left out, counted and logged.
 */
final class FittingRecords implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(FittingRecords.class);

  private final Properties producer;
  private final String[] topics;

  private transient Map<String, TopicLimits> limits;
  private transient Counter shortened;
  private transient Counter leftOut;

  FittingRecords(Properties producer, String... topics) {
    this.producer = producer;
    this.topics = topics;
  }

  /** Asks the brokers what the topics take. To be called before the others. */
  void open(MetricGroup metrics) {
    open(metrics, TopicSettings.limits(producer, topics));
    LOG.debug("topics take at most: {}", limits.values());
  }

  void open(MetricGroup metrics, Map<String, TopicLimits> known) {
    limits = known;
    shortened = metrics.counter("recordsShortened");
    leftOut = metrics.counter("recordsLeftOut");
  }

  TopicLimits limits(String topic) {
    return limits.get(topic);
  }

  /**
   * The first form that its topic takes; null, which a sink passes over, where there is none.
   *
   * @param topic which all forms are for
   * @param about whom the record is about, for the log
   */
  ProducerRecord<byte[], byte[]> first(
      TopicLimits topic, String about, List<Supplier<ProducerRecord<byte[], byte[]>>> forms) {
    ProducerRecord<byte[], byte[]> whole = null;
    for (Supplier<ProducerRecord<byte[], byte[]>> form : forms) {
      ProducerRecord<byte[], byte[]> record = form.get();
      if (topic.takes(record)) {
        if (whole != null) {
          count(shortened, "goes out in a shorter form", topic, about, whole);
        }
        return record;
      }
      whole = whole == null ? record : whole;
    }
    count(leftOut, "is left out", topic, about, whole);
    return null;
  }

  private void count(
      Counter counter,
      String fate,
      TopicLimits topic,
      String about,
      ProducerRecord<byte[], byte[]> whole) {
    counter.inc();
    if (counter.getCount() == 1) {
      LOG.warn(
          "a record about {} of {} bytes {}: its topic takes {}; more of the kind are counted, and"
              + " not logged",
          Excerpt.ofMessage(about),
          TopicLimits.bytes(whole),
          fate,
          topic);
    }
  }
}
