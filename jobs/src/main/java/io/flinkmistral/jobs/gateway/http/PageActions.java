package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.gateway.topics.TopicTail;
import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.Excerpt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the page can do beside chatting: it looks at the topics, and, where TaskManagers are
 * processes of this machine, kills one. That takes a token which the page alone can have read:
 * other origins may ask for it (they are refused), but never see an answer.
 */
final class PageActions {
  private static final Logger LOG = LoggerFactory.getLogger(PageActions.class);
  private static final String TOKEN = "X-Page-Token";
  private static final int TOKEN_BYTES = 24;

  /** Each has a consumer of its own. */
  private static final int MOST_VIEWS = 16;

  private static final String BEAT = ": still here\n\n";
  private static final int POLLS_A_BEAT = 50;

  private final ReadableConfig options;
  private final Optional<LocalTaskManagers> taskManagers;
  private final boolean showsTopics;
  private final int mostUnsent;
  private final String token = newToken();
  private final Semaphore views = new Semaphore(MOST_VIEWS);

  /**
   * @param taskManagers what may be killed by whoever reaches the gateway
   * @param showsTopics whether those who ask are told apart, or all of them are this machine's
   */
  PageActions(
      ReadableConfig options,
      Optional<LocalTaskManagers> taskManagers,
      boolean showsTopics,
      int mostUnsent) {
    this.options = options;
    this.taskManagers = taskManagers;
    this.showsTopics = showsTopics;
    this.mostUnsent = mostUnsent;
  }

  private static String newToken() {
    byte[] bytes = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** What there is to be done, and the token for it. */
  void session(Exchange exchange) {
    ObjectNode session = JsonRecord.empty();
    session.put("token", token);
    session.put("kills", taskManagers.isPresent());
    exchange.json(200, session);
  }

  /**
   * @throws ApiException if that cannot be, or not by who asks
   */
  void kill(Exchange exchange) throws InterruptedException {
    checkToken(exchange.header(TOKEN).orElse(""));
    LocalTaskManagers processes =
        taskManagers.orElseThrow(
            () ->
                ApiException.refused(
                    404, "", "no_local_processes", "no TaskManager here is a process of -Pserve"));
    try {
      ObjectNode killed = JsonRecord.empty();
      killed.put("killed", processes.killBusy());
      exchange.json(200, killed);
    } catch (IOException e) {
      throw ApiException.failed(503, "not_killed", Excerpt.ofMessage(e.getMessage()));
    }
  }

  private void checkToken(String told) {
    if (!MessageDigest.isEqual(
        told.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8))) {
      throw ApiException.refused(
          403, TOKEN, "invalid_page_token", "this is for the gateway's own page: reload it");
    }
  }

  /** Tells of records until the client goes away. */
  void topics(Exchange exchange, Client client) throws InterruptedException {
    if (!showsTopics) {
      throw ApiException.refused(
          404,
          "",
          "topics_not_shown",
          "the topics have everybody's conversations: they are shown on the gateway's own machine,"
              + " or by API keys");
    }
    if (!views.tryAcquire()) {
      throw ApiException.failed(
          503, "overloaded", "%d pages look at the topics already".formatted(MOST_VIEWS));
    }
    AtomicBoolean gone = new AtomicBoolean();
    exchange.whenGone(() -> gone.set(true));
    try (TopicTail tail = TopicTail.open(options, client::owns)) {
      exchange.run(() -> exchange.response().setWriteQueueMaxSize(mostUnsent));
      TopicView view = new TopicView(exchange, options.get(GatewayOptions.BODY_TIMEOUT));
      view.write(BEAT); // The status goes out: all from now on is told.
      int quiet = 0;
      while (!gone.get()) {
        tail.read(record -> view.write("data: " + record + "\n\n"));
        view.look();
        if (++quiet % POLLS_A_BEAT == 0) {
          view.write(BEAT);
        }
      }
    } catch (KafkaException e) {
      LOG.warn("the topics cannot be looked at: {}", e.getMessage());
      end(
          exchange,
          ApiException.failed(503, "broker_unavailable", "the broker does not answer: try again"));
    } finally {
      views.release();
    }
  }

  private static void end(Exchange exchange, ApiException error) {
    exchange.run(
        () -> {
          if (exchange.response().headWritten()) {
            exchange.response().end();
          } else {
            exchange.fail(error);
          }
        });
  }
}
