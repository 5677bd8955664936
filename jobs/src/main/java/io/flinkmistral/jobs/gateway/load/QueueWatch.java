package io.flinkmistral.jobs.gateway.load;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then how many requests wait for the job: those that its consumer group has not
 * read, and those in its state that Flink says are waiting. What it cannot find out counts as none.
 */
public final class QueueWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(QueueWatch.class);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final int most;
  private final ConsumerLag lag;
  private final Optional<FlinkMetrics> flink;
  private final Thread thread =
      Thread.ofPlatform().name("gateway-queue").daemon().unstarted(this::run);
  private volatile QueueLength length = QueueLength.first(System.nanoTime(), 0, 0);
  private boolean failed;

  private QueueWatch(ReadableConfig options) {
    this.most = options.get(GatewayOptions.MOST_QUEUED);
    this.lag = new ConsumerLag(options);
    this.flink = options.getOptional(GatewayOptions.FLINK).map(FlinkMetrics::new);
  }

  /** Starts to look; nothing is known before the first look. */
  public static QueueWatch start(ReadableConfig options) {
    QueueWatch watch = new QueueWatch(options);
    watch.thread.start();
    return watch;
  }

  /**
   * A request comes.
   *
   * @throws ApiException if too many wait, and when it should come again
   */
  public void check() {
    QueueLength now = length;
    if (most > 0 && now.waiting() >= most) {
      long seconds = now.secondsUntil(most);
      throw ApiException.queueFull(
          "%d requests wait for the model: try again in %d s".formatted(now.waiting(), seconds),
          seconds);
    }
  }

  /** How many wait. */
  public long waiting() {
    return length.waiting();
  }

  private void run() {
    try {
      boolean first = true;
      while (true) {
        ConsumerLag.Seen seen = unread();
        long waiting = seen.unread() + waitingInState();
        length =
            first
                ? QueueLength.first(System.nanoTime(), seen.written(), waiting)
                : length.next(System.nanoTime(), seen.written(), waiting);
        first = false;
        Thread.sleep(BETWEEN_LOOKS);
      }
    } catch (InterruptedException e) {
      LOG.debug("nobody wants to know any more");
    }
  }

  private ConsumerLag.Seen unread() throws InterruptedException {
    try {
      return lag.see();
    } catch (ExecutionException | KafkaException e) {
      warn("the lag of the job's consumer group", e);
      return new ConsumerLag.Seen(length.written(), 0);
    }
  }

  private long waitingInState() throws InterruptedException {
    if (flink.isEmpty()) {
      return 0;
    }
    try {
      return flink.get().waitingRequests();
    } catch (IOException e) {
      warn("how many requests wait in the job", e);
      return 0;
    }
  }

  private void warn(String what, Exception e) {
    if (!failed) {
      failed = true;
      LOG.warn("cannot find out {}, and takes none for waiting: {}", what, e.toString());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lag.close();
    flink.ifPresent(FlinkMetrics::close);
  }
}
