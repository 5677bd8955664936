package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.PromptRecord;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseHead;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseId;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseRequest;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseStream;
import io.flinkmistral.jobs.gateway.openai.responses.WholeResponseAnswer;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.gateway.topics.Call;
import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.jobs.options.ChatJobOptions;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.flink.configuration.ReadableConfig;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers {@code /v1/responses}. A response is a turn of a conversation of the job, and one that
 * follows it is that conversation's next turn; or, where another one has come before it, the first
 * of a fork, which is named after the request. The job decides which.
 */
final class ResponseHandler {
  private final ModelNames models;
  private final RequestReader reader;
  private final int mostCalls;
  private final int mostUnsent;
  private final ResponseNamer namer;
  private final HttpGateway.Parts parts;

  ResponseHandler(ReadableConfig options, ModelNames models, HttpGateway.Parts parts) {
    this.models = models;
    this.parts = parts;
    this.namer = new ResponseNamer(options);
    this.reader =
        new RequestReader(
            options.get(ChatJobOptions.MAX_BYTES), options.get(ChatJobOptions.UNKNOWN_FIELDS));
    this.mostCalls = options.get(GatewayOptions.MOST_CALLS);
    this.mostUnsent = Math.toIntExact(options.get(GatewayOptions.UNSENT).getBytes());
  }

  /**
   * @throws ApiException if the request is refused
   */
  void handle(Exchange exchange, Client client, byte[] body) throws InterruptedException {
    try {
      parts.limits().take(client);
      ResponseRequest request = ResponseRequest.read(body);
      models.check(request.asked().model());
      ask(exchange, client, request, namer.name(exchange::header, client, request));
    } catch (ApiException e) {
      parts.metrics().failed(e.status());
      throw e;
    }
  }

  private void ask(
      Exchange exchange, Client client, ResponseRequest request, ResponseNamer.Names names)
      throws InterruptedException {
    PromptRecord prompt =
        PromptRecord.of(
            request.asked(), reader, names.request(), names.conversation(), client::conversation);
    if (parts.live().size() >= mostCalls) {
      throw ApiException.failed(
          503, "overloaded", "%d calls wait for answers: try again later".formatted(mostCalls));
    }
    exchange.header("X-Request-Id", names.request());
    Function<String, ResponseHead> heads =
        heads(request, conversation -> names.id(client, request, conversation));
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
    Call call =
        new Call(
            new Call.Request(names.request(), names.conversation(), names.source(), 1, false),
            parts
                .metrics()
                .measured(
                    new FollowedResponse(told, exchange, client, request.previous()),
                    tokens -> parts.limits().took(client, tokens)));
    Asking asking = new Asking(parts.writer(), parts.live(), parts.earlier(), call, names.keyed());
    if (names.keyed()) {
      call.hold(); // What comes now is told after what came before.
    }
    parts.live().add(call);
    exchange.whenGone(
        () -> {
          stream.ifPresent(StreamResponse::stop);
          asking.gone();
        });
    asking.ask(prompt.value(), List.of());
  }

  private Function<String, ResponseHead> heads(
      ResponseRequest request, Function<String, ResponseId> ids) {
    long created = System.currentTimeMillis() / 1000;
    return conversation -> {
      ObjectNode repeated = request.repeated().deepCopy();
      if (request.asked().conversation().isPresent()) {
        repeated.putObject("conversation").put("id", request.asked().conversation().get());
      }
      return new ResponseHead(ids.apply(conversation).text(), created, models.name(), repeated);
    };
  }
}
