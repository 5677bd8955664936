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

  ResponseNamer(ReadableConfig options) {
    this.stored = options.get(GatewayOptions.RESPONSES_TTL);
  }

  /**
   * What a response's request and conversation are called in the topics.
   *
   * @param source the conversation that the request goes on in, unless it branches off
   * @param keyed whether the client has named the request
   */
  record Names(String request, String conversation, Optional<String> source, boolean keyed) {
    /** Of the response, where it is in this conversation. */
    ResponseId id(Client client, ResponseRequest asked, String answeredIn) {
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
    String id = hash.map(text -> "key-" + text).orElseGet(Client::newRequest);
    Optional<String> named = request.asked().conversation().map(client::conversation);
    if (named.isPresent()) {
      return new Names(id, named.get(), Optional.empty(), hash.isPresent());
    }
    ObjectNode fields = request.asked().fields();
    Duration stays = request.stored() ? stored : UNSTORED;
    if (stays.isPositive()) {
      fields.put("conversation_ttl", stays.toSeconds());
    }
    if (request.previous().isEmpty()) {
      String conversation =
          hash.map(text -> client.conversation("r-" + text)).orElseGet(client::newConversation);
      return new Names(id, conversation, Optional.empty(), hash.isPresent());
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
        id,
        ConversationIds.forkPrefix(ConversationIds.root(source)) + id,
        request.stored() ? Optional.of(source) : Optional.empty(),
        hash.isPresent());
  }
}
