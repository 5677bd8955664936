package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import io.flinkmistral.jobs.gateway.openai.PromptRecord;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseHead;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseHeads;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseId;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseRequest;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseStream;
import io.flinkmistral.jobs.gateway.openai.responses.WholeResponseAnswer;
import io.flinkmistral.jobs.gateway.topics.Call;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has one who asks wait for a response, in the form that he wants.
 *
 * @param model the name that responses carry
 * @param mostUnsent most bytes of a stream that wait for the client to take them
 */
record ResponseStart(
    Exchange exchange,
    Client client,
    ResponseRequest request,
    ResponseNamer.Names named,
    HttpGateway.Parts parts,
    String model,
    int mostUnsent)
    implements Starter {

  @Override
  public ClientRequest asked() {
    return request.asked();
  }

  @Override
  public Asking begin(RequestNames names, PromptRecord prompt, boolean isNew) {
    ResponseHeads heads = heads(names.request());
    Optional<StreamResponse> stream =
        request.asked().stream()
            ? Optional.of(
                new StreamResponse(
                    exchange,
                    new ResponseStream(heads, names.conversation(), prompt.mayCall()),
                    mostUnsent))
            : Optional.empty();
    AnswerListener told =
        stream
            .<AnswerListener>map(s -> s)
            .orElseGet(
                () ->
                    new WholeResponseObject(
                        exchange,
                        heads,
                        names.conversation(),
                        new WholeResponseAnswer(prompt.mayCall())));
    return begin(
        names,
        new Call.Request(names.request(), names.conversation(), named.source(), 1, false),
        new FollowedResponse(told, exchange, client, request.previous()),
        stream,
        isNew);
  }

  @Override
  public List<Header> headers(RequestNames names) {
    return List.of();
  }

  private ResponseHeads heads(String id) {
    long created = System.currentTimeMillis() / 1000;
    return new ResponseHeads() {
      @Override
      public ResponseHead in(String conversation) {
        return head(named.id(client, request, id, conversation));
      }

      @Override
      public ResponseHead blocked() {
        return head(new ResponseId.NotStored(id));
      }

      private ResponseHead head(ResponseId response) {
        ObjectNode repeated = request.repeated().deepCopy();
        if (request.asked().conversation().isPresent()) {
          repeated.putObject("conversation").put("id", request.asked().conversation().get());
        }
        return new ResponseHead(response.text(), created, model, repeated);
      }
    };
  }
}
