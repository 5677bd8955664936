package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseId;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseRequest;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.protocol.ConversationIds;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.apache.flink.configuration.ReadableConfig;
import tools.jackson.databind.node.ObjectNode;

/** Chooses the conversation of a response, and says to the job how the request belongs to it. */
final class ResponseNamer {
  /** Of what nobody goes on from: as long as it takes to be answered. */
  private static final Duration UNSTORED = Duration.ofMinutes(1);

  private final Duration stored;
  private final Duration lookBack;

  ResponseNamer(ReadableConfig options) {
    this.stored = options.get(GatewayOptions.RESPONSES_TTL);
    this.lookBack = options.get(GatewayOptions.LOOK_BACK);
  }

  /**
   * What a response's request and conversation are called in the topics.
   *
   * @param source the conversation that the request goes on in, unless it branches off
   */
  record Names(RequestNames names, Optional<String> source) {
    /** Of the response, where it is in this conversation. */
    ResponseId id(Client client, ResponseRequest asked, String request, String answeredIn) {
      String name = client.nameOf(answeredIn);
      if (!asked.stored()) {
        return new ResponseId.NotStored(request);
      }
      if (asked.asked().conversation().isPresent()) {
        return new ResponseId.Named(name, request);
      }
      if (asked.previous().isEmpty()) {
        return new ResponseId.Turn(name, 1, 1);
      }
      ResponseId.Turn before = asked.previous().get();
      boolean goesOn = source.equals(Optional.of(answeredIn));
      return new ResponseId.Turn(name, before.turn() + 1, goesOn ? before.request() + 1 : 1);
    }
  }

  /**
   * Names the request, and adds to its fields what its conversation is.
   *
   * @param headers of the request
   * @throws ApiException if a header is none
   */
  Names name(Function<String, Optional<String>> headers, Client client, ResponseRequest request) {
    Optional<String> hash = RequestNamer.keyHash(headers, client);
    String id = RequestNamer.id(hash, lookBack);
    Optional<String> named = request.asked().conversation().map(client::conversation);
    if (named.isPresent()) {
      return new Names(new RequestNames(id, named.get(), hash), Optional.empty());
    }
    ObjectNode fields = request.asked().fields();
    Duration stays = request.stored() ? stored : UNSTORED;
    if (stays.isPositive()) {
      fields.put("conversation_ttl", RequestNamer.seconds(stays));
    }
    if (request.previous().isEmpty()) {
      RequestNames names = new RequestNames(id, client.newConversation(), hash);
      return new Names(
          hash.map(
                  text -> names.after(ConversationIds.forkPrefix(client.conversation("r-" + text))))
              .orElse(names),
          Optional.empty());
    }
    ResponseId.Turn before = request.previous().get();
    String source = client.conversation(before.conversation());
    ObjectNode fork = fields.putObject("fork");
    fork.put("conversation_id", before.conversation());
    fork.put("turn", before.turn());
    if (request.stored()) {
      fork.put("after", before.request());
    }
    return new Names(
        new RequestNames(id, "", hash)
            .after(ConversationIds.forkPrefix(ConversationIds.root(source))),
        request.stored() ? Optional.of(source) : Optional.empty());
  }
}
