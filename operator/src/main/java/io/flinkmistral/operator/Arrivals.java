package io.flinkmistral.operator;

import io.flinkmistral.operator.metrics.MistralMetrics;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ModerationTask;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes requests in: passes over what came twice, refuses what is too much, queues the rest. */
final class Arrivals {
  private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);

  private final MistralSettings settings;
  private final ConversationState state;
  private final RequestLine line;
  private final Forks forks;
  private final TimeDecisions decisions;
  private final Expiry expiry;
  private final Retention retention;
  private final EventOutput events;
  private final MistralMetrics metrics;

  Arrivals(
      MistralSettings settings,
      ConversationState state,
      RequestLine line,
      Forks forks,
      TimeDecisions decisions,
      Expiry expiry,
      Retention retention,
      EventOutput events,
      MistralMetrics metrics) {
    this.settings = settings;
    this.state = state;
    this.line = line;
    this.forks = forks;
    this.decisions = decisions;
    this.expiry = expiry;
    this.retention = retention;
    this.events = events;
    this.metrics = metrics;
  }

  /** After a restore: the requests that a conversation has in its queue. */
  void restore(ConversationKey key) throws Exception {
    Conversation conversation = state.of(key);
    expiry.forgetIfExpired(conversation);
    ConversationHeader header = conversation.header();
    boolean begun = conversation.turnInFlight().isPresent();
    for (long ticket = header.queueHead(); ticket < header.queueEnd(); ticket++) {
      Optional<QueuedRequest> queued = conversation.find(ticket);
      if (queued.isPresent()) {
        line.arrived(key, ticket, queued.get());
        if (!begun || ticket > header.queueHead()) {
          forks.queued(queued.get());
        }
      }
    }
  }

  /** A request has come in. */
  void accept(CompletionRequest request, OptionalLong timestamp) throws Exception {
    ConversationKey key = new ConversationKey(request.conversationId());
    Optional<ConversationKey> source = Forks.source(request);
    if (source.isPresent()) {
      expiry.forgetIfExpired(state.of(source.get()));
      if (request.fork().get().after().isPresent()) {
        if (cameBefore(source.get(), request)) {
          return;
        }
        if (forks.isNext(request)) {
          accept(request.inSource(), timestamp);
          return;
        }
      }
    }
    long sourceEnd = forks.sourceEnd(request);
    Conversation conversation = state.of(key);
    expiry.forgetIfExpired(conversation);
    ConversationHeader header = conversation.header();
    if (cameBefore(key, request)) {
      return;
    }
    CompletionRequest applied = settings.applied(request);
    try {
      settings.limits().check(request, header.queued() + decisions.ends().count(key));
      applied.turn().moderation().ifPresent(ModerationTask::of); // There must be such a rubric.
    } catch (InvalidRequestException e) {
      if (e.code() == ErrorCode.QUEUE_FULL) {
        decisions.fence().decided(key, header.queueEnd());
      }
      metrics.rejected(e.code());
      events.rejected(request, timestamp, e);
      return;
    }
    QueuedRequest queued =
        new QueuedRequest(applied, timestamp, System.currentTimeMillis(), sourceEnd);
    conversation.enqueue(queued);
    retention.busy(key);
    forks.queued(queued);
    line.arrived(key, header.queueEnd(), queued);
  }

  private boolean cameBefore(ConversationKey key, CompletionRequest request) throws Exception {
    String id = request.requestId();
    boolean before =
        settings.rememberedRequests() > 0
            && (line.knows(key, id) || state.of(key).answeredLately(id));
    if (before) {
      metrics.repeated();
      LOG.info(
          "request {} of conversation {} came again",
          Excerpt.of(id),
          Excerpt.of(String.valueOf(key)));
    }
    return before;
  }
}
