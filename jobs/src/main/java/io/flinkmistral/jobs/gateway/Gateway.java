package io.flinkmistral.jobs.gateway;

import io.flinkmistral.jobs.Failures;
import io.flinkmistral.jobs.gateway.access.RateLimits;
import io.flinkmistral.jobs.gateway.dialogue.AnsweredElsewhere;
import io.flinkmistral.jobs.gateway.dialogue.Dialogues;
import io.flinkmistral.jobs.gateway.http.HttpGateway;
import io.flinkmistral.jobs.gateway.http.LocalTaskManagers;
import io.flinkmistral.jobs.gateway.load.QueueWatch;
import io.flinkmistral.jobs.gateway.metrics.GatewayMetrics;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.gateway.topics.AnswerReader;
import io.flinkmistral.jobs.gateway.topics.BrokerProbe;
import io.flinkmistral.jobs.gateway.topics.EarlierRecords;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.jobs.gateway.topics.PromptWriter;
import io.flinkmistral.jobs.kafka.BrokerCheck;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.options.OptionTable;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.ReadableConfig;

/**
 * An HTTP server, as OpenAI's clients expect it, in front of the topics of a chat job. It keeps
 * nothing: any number of them may stand in front of one job.
 */
public final class Gateway implements AutoCloseable {
  /** Calls whose clients are gone, and of which only what they take is still to be known. */
  private static final int MOST_LEFT = 10_000;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final ReadableConfig options;
  private HttpGateway http;

  private Gateway(ReadableConfig options) {
    this.options = options;
  }

  /** Takes options as {@code --key value}, and from the environment, as jobs do. */
  public static void main(String[] arguments) {
    if (JobArguments.askForHelp(arguments)) {
      System.out.print(
          "An HTTP server in front of a chat job. Options, also from the environment:\n"
              + OptionTable.help(List.of(GatewayOptions.CHECKED)));
      return;
    }
    try {
      ReadableConfig options =
          JobArguments.parse(GatewayOptions.CHECKED, System.getenv(), arguments);
      BrokerCheck.check(options, "is a job running there, and is that its broker's address?");
      Gateway gateway = start(options);
      Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(gateway::close));
      System.err.println("gateway: listens at " + gateway.address());
      Thread.currentThread().join();
    } catch (IllegalArgumentException | IOException e) {
      System.err.println("gateway: " + Failures.line(e));
      System.exit(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Starts it. When this returns it takes requests.
   *
   * @throws IOException if it cannot listen, or a file is not what it should be
   */
  public static Gateway start(ReadableConfig options) throws IOException, InterruptedException {
    return start(options, Optional.empty());
  }

  /**
   * The same, in front of a job of this machine.
   *
   * @param taskManagers its TaskManagers, which the page may kill
   */
  public static Gateway start(ReadableConfig options, Optional<LocalTaskManagers> taskManagers)
      throws IOException, InterruptedException {
    Gateway gateway = new Gateway(options);
    try {
      gateway.start(taskManagers);
      return gateway;
    } catch (IOException | RuntimeException e) {
      gateway.close();
      throw e;
    }
  }

  private void start(Optional<LocalTaskManagers> taskManagers)
      throws IOException, InterruptedException {
    LiveCalls live = new LiveCalls(options.get(GatewayOptions.MOST_CALLS), MOST_LEFT);
    PromptWriter writer = part(new PromptWriter(options));
    BrokerProbe broker = part(new BrokerProbe(options));
    Dialogues dialogues = new Dialogues(options.get(GatewayOptions.DIALOGUES));
    AnsweredElsewhere elsewhere = new AnsweredElsewhere(dialogues);
    part(AnswerReader.start(options, live, elsewhere));
    EarlierRecords earlier =
        new EarlierRecords(
            options,
            options.get(GatewayOptions.LOOK_BACK),
            options.get(GatewayOptions.MOST_LOOK_BACKS));
    RateLimits limits =
        new RateLimits(
            options.get(GatewayOptions.REQUESTS_A_MINUTE),
            options.get(GatewayOptions.TOKENS_A_MINUTE),
            System::nanoTime);
    QueueWatch queue = part(QueueWatch.start(options));
    GatewayMetrics metrics =
        new GatewayMetrics(
            options.get(GatewayOptions.MODELS).getFirst(), live::size, queue::waiting);
    http =
        part(
            HttpGateway.start(
                options,
                new HttpGateway.Parts(
                    live, writer, earlier, dialogues, elsewhere, limits, queue, metrics),
                broker,
                taskManagers));
  }

  private <T extends AutoCloseable> T part(T part) {
    parts.addFirst(part);
    return part;
  }

  /** Where it listens. */
  public URI address() {
    return http.address(options.get(GatewayOptions.ADDRESS));
  }

  @Override
  public void close() {
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (Exception e) {
        System.err.println("gateway: cannot be stopped in order: " + Failures.line(e));
      }
    }
    parts.clear();
  }
}
