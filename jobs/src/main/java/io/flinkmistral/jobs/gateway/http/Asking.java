package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.topics.Call;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.jobs.gateway.topics.LookBack;
import io.flinkmistral.jobs.gateway.topics.PromptWriter;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a call's request on its way, and ends it where its client goes away before: but for one
 * that its client has named, which goes on, since it may be asked for again.
 */
final class Asking {
  private static final Logger LOG = LoggerFactory.getLogger(Asking.class);
  private static final int TOO_LARGE = 413;

  private final PromptWriter writer;
  private final LiveCalls live;
  private final Call call;
  private final boolean keyed;
  private final Runnable whenOver;
  private boolean sent;
  private boolean gone;
  private boolean repeats;

  /**
   * @param keyed whether the client has named the request
   * @param whenOver is run when nobody waits for an answer any more that did not come
   */
  Asking(PromptWriter writer, LiveCalls live, Call call, boolean keyed, Runnable whenOver) {
    this.whenOver = whenOver;
    this.writer = writer;
    this.live = live;
    this.call = call;
    this.keyed = keyed;
  }

  /** Sends the request; what becomes of it is told to the call. To be called once it is live. */
  void ask(byte[] record, List<Header> headers) throws InterruptedException {
    try {
      send(record, headers);
    } catch (ApiException e) {
      fail(e);
    } catch (RuntimeException e) {
      LOG.error("request {} cannot be sent", call.request().id(), e);
      fail(ApiException.failed(500, "internal_error", "the gateway has failed; its log says how"));
    }
  }

  /**
   * The same, for who tells the call himself that it failed.
   *
   * @return where the record is
   */
  PromptWriter.Place send(byte[] record, List<Header> headers) throws InterruptedException {
    boolean mayBeThere = true;
    boolean isThere = false;
    try {
      PromptWriter.Place place = writer.send(call.request(), record, headers);
      isThere = true;
      return place;
    } catch (ApiException e) {
      mayBeThere = e.status() != TOO_LARGE;
      throw e;
    } finally {
      // Nobody knows whether the broker has one that could not be sent in time.
      if (sentNowAndGone() || (mayBeThere && !isThere)) {
        cancel();
      }
    }
  }

  /** Nobody waits for that: a producer may wait for its broker. */
  private void cancel() {
    if (!keyed) {
      Thread.startVirtualThread(() -> writer.cancel(call.request()));
    }
  }

  /** Tells the call what was said of its request before. */
  void replay(LookBack look, LookBack.Earlier earlier) {
    if (repeatsNowAndGone()) {
      live.remove(call);
    } else {
      look.replay(earlier, call);
    }
  }

  private synchronized boolean repeatsNowAndGone() {
    repeats = true;
    return gone;
  }

  /** The call is told what comes from now on, and has come meanwhile. */
  void release() {
    call.release();
    if (call.isOver()) {
      live.remove(call);
    }
  }

  /** Another request was first: this one is not answered, and nobody told of that. */
  void withdraw() {
    writer.cancel(call.request());
    live.remove(call);
    call.leave();
    whenOver.run();
  }

  void fail(ApiException error) {
    live.remove(call);
    call.fail(error);
  }

  private synchronized boolean sentNowAndGone() {
    sent = true;
    return gone;
  }

  /** The client does not wait any more. */
  void gone() {
    whenOver.run();
    if (!call.leave()) {
      live.remove(call);
      return;
    }
    boolean cancels;
    synchronized (this) {
      gone = true;
      cancels = sent;
      if (repeats) {
        live.remove(call); // Whoever has sent it waits for its end.
      } else {
        live.leave(call);
      }
    }
    if (cancels) {
      cancel();
    }
  }
}
