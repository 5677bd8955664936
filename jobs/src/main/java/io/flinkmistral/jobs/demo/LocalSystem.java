package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Broker, Flink and the chat job, in this process. */
final class LocalSystem implements AutoCloseable {
  /** So long that it is the job that refuses a long prompt, and not the broker. */
  static final int MAX_PROMPT_BYTES = 16 << 20;

  private static final int PARTITIONS = 4;

  /** Of one slot, so that all conversations are in one batch. */
  private static final int SLOTS = 1;

  private final LocalBroker broker;
  private final LocalFlink flink;
  private CompletableFuture<JobResult> job = new CompletableFuture<>();

  private LocalSystem(LocalBroker broker, LocalFlink flink) {
    this.broker = broker;
    this.flink = flink;
  }

  /**
   * Starts broker and Flink, without a job as yet.
   *
   * @param brokerFolder for the broker's data
   * @param flinkFolder for Flink's temporary files and checkpoints
   */
  static LocalSystem start(Path brokerFolder, Path flinkFolder) throws Exception {
    LocalBroker broker = LocalBroker.start(brokerFolder);
    try {
      return new LocalSystem(broker, LocalFlink.start(flinkFolder, SLOTS));
    } catch (Exception e) {
      broker.close();
      throw e;
    }
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  URI webPage() throws Exception {
    return flink.webPage();
  }

  /** Makes the topics that the options name and submits the chat job. */
  void submitChatJob(Configuration options) throws Exception {
    broker.createTopics(
        List.of(options.get(ChatJobOptions.PROMPTS)),
        PARTITIONS,
        Map.of("max.message.bytes", Integer.toString(MAX_PROMPT_BYTES)));
    broker.createTopics(
        List.of(
            options.get(ChatJobOptions.COMPLETIONS),
            options.get(ChatJobOptions.TOKENS),
            options.get(ChatJobOptions.DEAD_LETTERS)),
        PARTITIONS,
        Map.of("max.message.bytes", Integer.toString(2 * MAX_PROMPT_BYTES)));
    StreamExecutionEnvironment env = flink.environment();
    ChatPipeline.add(env, options);
    job = flink.submit(env, options.get(ChatJobOptions.NAME));
  }

  /**
   * @throws IOException if the job has ended; the message says why
   */
  void checkRunning() throws IOException {
    if (job.isDone()) {
      throw new IOException("the job has ended: " + JobFailure.reason(job));
    }
  }

  @Override
  public void close() throws IOException {
    try {
      flink.close();
    } finally {
      broker.close();
    }
  }
}
