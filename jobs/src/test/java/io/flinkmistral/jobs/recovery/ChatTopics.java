package io.flinkmistral.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.options.JobArguments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Topics of one run of the chat job: what is sent to it, and what a reader sees of it. */
final class ChatTopics implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(120);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final int PARTITIONS = 3;

  private final String name;
  private final LocalBroker broker;
  private final KafkaProducer<byte[], byte[]> producer;
  private final TopicProbe completions;
  private final TopicProbe tokens;
  private final TopicProbe deadLetters;
  private final Transcript transcript = new Transcript();
  private final List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();

  ChatTopics(LocalBroker broker, String name) throws Exception {
    this.name = name;
    this.broker = broker;
    List<String> topics =
        List.of(
            topic("prompts"),
            topic("completions"),
            topic("tokens"),
            topic("dead-letters"),
            topic("blocked"));
    broker.createTopics(topics, PARTITIONS, Map.of());
    producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    completions = new TopicProbe(broker.bootstrapServers(), topic("completions"));
    tokens = new TopicProbe(broker.bootstrapServers(), topic("tokens"));
    deadLetters = new TopicProbe(broker.bootstrapServers(), topic("dead-letters"));
  }

  private String topic(String purpose) {
    return name + "-" + purpose;
  }

  /**
   * Of a job on these topics.
   *
   * @param conversations that a slot decodes together; the fewer, the longer it takes
   * @param others further arguments of the job
   */
  Configuration options(int conversations, String... others) {
    List<String> arguments = new ArrayList<>(List.of(others));
    Collections.addAll(
        arguments,
        "--kafka.bootstrap-servers=" + broker.bootstrapServers(),
        "--kafka.topic.prompts=" + topic("prompts"),
        "--kafka.topic.completions=" + topic("completions"),
        "--kafka.topic.tokens=" + topic("tokens"),
        "--kafka.topic.dead-letters=" + topic("dead-letters"),
        "--kafka.topic.blocked=" + topic("blocked"),
        "--checkpoint.interval=200ms",
        "--batch.conversations=" + conversations,
        "--engine.threads=1",
        "--context.limit=512",
        "--model.path=" + TinyModel.PATH);
    return JobArguments.parse(Map.of(), arguments.toArray(String[]::new));
  }

  void send(List<? extends StreamedRequest> requests) {
    requests.forEach(request -> producer.send(request.record(topic("prompts"))));
    producer.flush();
  }

  void send(byte[] key, byte[] value) {
    producer.send(new ProducerRecord<>(topic("prompts"), key, value));
    producer.flush();
  }

  Transcript seen() {
    return transcript;
  }

  /** Reads until what has been seen is as wanted. */
  void await(String what, RunningJob job, Predicate<Transcript> wanted) throws Exception {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!wanted.test(transcript)) {
      job.checkRunning();
      assertThat(System.nanoTime())
          .as(
              "%s; seen were %d answers, %d pieces, midway were %s",
              what, transcript.completions(), transcript.pieces(), transcript.midway())
          .isLessThan(end);
      readMore();
    }
  }

  /** Reads all that is there, which is all there will be if no job is running. */
  Transcript readToEnd() {
    do {
      readMore();
    } while (!completions.isAtEnd() || !tokens.isAtEnd() || !deadLetters.isAtEnd());
    return transcript;
  }

  /** Reads what the last attempt has written; what comes then is another one's. */
  void attemptBegins() {
    readToEnd().attemptBegins();
  }

  List<ConsumerRecord<byte[], byte[]>> deadLetters() {
    return letters;
  }

  private void readMore() {
    // Tokens last: what they say must still be so when it is acted upon.
    letters.addAll(deadLetters.poll(POLL));
    completions.poll(POLL).forEach(answer -> transcript.addCompletion(TopicProbe.json(answer)));
    tokens.poll(POLL).forEach(token -> transcript.addPiece(TopicProbe.json(token)));
  }

  @Override
  public void close() {
    producer.close();
    completions.close();
    tokens.close();
    deadLetters.close();
  }
}
