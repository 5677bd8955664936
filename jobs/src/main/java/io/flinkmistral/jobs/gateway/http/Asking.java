package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.topics.Call;
import io.flinkmistral.jobs.gateway.topics.EarlierRecords;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.jobs.gateway.topics.PromptWriter;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends a request on its way, and ends it where its client goes away before. A request with a key
 * of its client's is sent once, whatever gateway it comes to and however often, and goes on when
 * its client goes away, who may come again.
 */
final class Asking {
  private static final Logger LOG = LoggerFactory.getLogger(Asking.class);
  private static final JsonMapper MAPPER = new JsonMapper();

  private final PromptWriter writer;
  private final LiveCalls live;
  private final EarlierRecords earlier;
  private final Call call;
  private final boolean keyed;
  private boolean sent;
  private boolean gone;

  /**
   * @param keyed whether the client has named the request
   */
  Asking(PromptWriter writer, LiveCalls live, EarlierRecords earlier, Call call, boolean keyed) {
    this.writer = writer;
    this.live = live;
    this.earlier = earlier;
    this.call = call;
    this.keyed = keyed;
  }

  /**
   * Sends the request; what becomes of it is told to the call. To be called once it is live; one
   * with a key of its client's holds what comes.
   */
  void ask(byte[] record, List<Header> headers) throws InterruptedException {
    try {
      if (keyed) {
        askOnce(record, headers);
      } else {
        writer.send(call.request(), record, headers);
        isSent();
      }
    } catch (ApiException e) {
      end(e);
    } catch (KafkaException e) {
      LOG.error("cannot look for an earlier request: {}", e.getMessage());
      end(ApiException.failed(503, "broker_unavailable", "the broker does not answer: try again"));
    } catch (RuntimeException e) {
      LOG.error("request {} cannot be sent", call.request().id(), e);
      end(ApiException.failed(500, "internal_error", "the gateway has failed; its log says how"));
    }
  }

  private void end(ApiException error) {
    live.remove(call);
    call.fail(error);
  }

  private void askOnce(byte[] record, List<Header> headers) throws InterruptedException {
    Optional<EarlierRecords.Earlier> before = earlier.find(call);
    if (before.isEmpty()) {
      writer.send(call.request(), record, headers);
    } else {
      checkSame(before.get().json(), MAPPER.readTree(record));
      earlier.replay(before.get(), call);
    }
    call.release();
    if (call.isOver()) {
      live.remove(call);
    }
  }

  private static void checkSame(JsonNode before, JsonNode now) {
    if (!before.equals(now)) {
      throw ApiException.refused(
          422,
          "",
          "idempotency_key_reused",
          "another request was sent with this Idempotency-Key: take a new one");
    }
  }

  private void isSent() {
    if (sentNowAndGone()) {
      writer.cancel(call.request());
    }
  }

  private synchronized boolean sentNowAndGone() {
    sent = true;
    return gone;
  }

  /** The client does not wait any more. */
  void gone() {
    live.remove(call);
    if (call.abandon() && goneNowAndSent() && !keyed) {
      // Not on the event loop: a producer may wait for its broker.
      Thread.startVirtualThread(() -> writer.cancel(call.request()));
    }
  }

  private synchronized boolean goneNowAndSent() {
    gone = true;
    return sent;
  }
}
