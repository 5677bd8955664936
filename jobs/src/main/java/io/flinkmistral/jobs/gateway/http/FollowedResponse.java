package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ForwardingListener;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseId;
import java.util.Optional;
import java.util.Set;

/** Tells the client of the conversation that was chosen, and of one that is gone in its words. */
final class FollowedResponse extends ForwardingListener {
  private static final Set<String> GONE = Set.of("conversation_not_found", "turn_not_found");

  private final Exchange exchange;
  private final Client client;
  private final Optional<ResponseId.Turn> previous;

  /**
   * @param previous response that this one follows
   */
  FollowedResponse(
      AnswerListener listener,
      Exchange exchange,
      Client client,
      Optional<ResponseId.Turn> previous) {
    super(listener);
    this.exchange = exchange;
    this.client = client;
    this.previous = previous;
  }

  @Override
  public void begins(String conversation) {
    exchange.header("X-Conversation-Id", PathName.encoded(client.nameOf(conversation)));
    super.begins(conversation);
  }

  @Override
  public void failed(ApiException error) {
    boolean isGone = previous.isPresent() && GONE.contains(error.code());
    super.failed(isGone ? ResponseId.notFound(previous.get().text()) : error);
  }
}
