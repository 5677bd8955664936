package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.ChatPipeline;
import io.flinkmistral.jobs.local.JobFailure;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Broker, Flink and the chat job, in this process. */
final class LocalSystem implements LocalJob, AutoCloseable {
  /** Of one slot, so that all conversations are in one batch. */
  private static final int SLOTS = 1;

  private static final int BETWEEN_LOOKS_MILLIS = 50;

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

  @Override
  public URI webPage() throws Exception {
    return flink.webPage();
  }

  /**
   * Makes the topics that the options name, and submits the chat job. When this returns it runs, so
   * that what it says of its model does not come between what the user types.
   *
   * @throws IOException if it never will
   */
  void submitChatJob(Configuration options) throws Exception {
    broker.node().createTopics(options);
    StreamExecutionEnvironment env = flink.environment();
    ChatPipeline.add(env, options);
    LocalFlink.Submitted submitted = flink.submit(env, options.get(ChatJobOptions.NAME));
    job = submitted.result();
    while (!flink.isRunning(submitted.id())) {
      checkRunning();
      Thread.sleep(BETWEEN_LOOKS_MILLIS);
    }
  }

  @Override
  public void checkRunning() throws IOException {
    if (job.isDone()) {
      throw new IOException("the job has ended: " + JobFailure.reason(job));
    }
  }

  /** It is no process of its own, and ends with all that it has in memory but for the model. */
  @Override
  public String killBusy() throws IOException, InterruptedException {
    flink.replaceTaskManager();
    return "the TaskManager";
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
