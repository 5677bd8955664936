package io.flinkmistral.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The whole job with the small model, on a real broker and a Flink of its own.
 *
 * @param producer for its prompts
 */
public record RunningChatJob(
    LocalBroker broker,
    LocalFlink flink,
    CompletableFuture<JobResult> result,
    KafkaProducer<byte[], byte[]> producer)
    implements AutoCloseable {

  /**
   * @param folder for the files of both
   * @param options of the job beside those that it needs
   */
  public static RunningChatJob start(Path folder, String... options) throws Exception {
    LocalBroker broker = LocalBroker.start(folder.resolve("broker"));
    broker.createTopics(
        List.of("prompts", "completions", "tokens", "dead-letters", "blocked"), 2, Map.of());
    LocalFlink flink = LocalFlink.start(folder.resolve("flink"), 2);
    String[] all =
        Stream.concat(
                Stream.of(
                    "--kafka.bootstrap-servers=" + broker.bootstrapServers(),
                    "--checkpoint.interval=200ms",
                    "--model.path=" + TinyModel.PATH),
                Stream.of(options))
            .toArray(String[]::new);
    StreamExecutionEnvironment env = flink.environment();
    ChatPipeline.add(env, JobArguments.parse(Map.of(), all));
    return new RunningChatJob(
        broker,
        flink,
        flink.submit(env, "chat").result(),
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer()));
  }

  public void assertGoesOn() {
    assertThat(result).isNotDone();
  }

  public TopicProbe probe(String topic) {
    return new TopicProbe(broker.bootstrapServers(), topic);
  }

  @Override
  public void close() throws IOException {
    producer.close();
    flink.close();
    broker.close();
  }
}
