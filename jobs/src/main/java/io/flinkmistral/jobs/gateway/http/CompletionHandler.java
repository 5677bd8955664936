package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.dialogue.DialogueListener;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerChunks;
import io.flinkmistral.jobs.gateway.openai.AnswerHead;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ChunkEvents;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import io.flinkmistral.jobs.gateway.openai.Endpoint;
import io.flinkmistral.jobs.gateway.openai.PromptRecord;
import io.flinkmistral.jobs.gateway.openai.WholeAnswer;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.gateway.topics.Call;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.jobs.json.AnswerId;
import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.jobs.options.ChatJobOptions;
import java.util.Optional;
import org.apache.flink.configuration.ReadableConfig;

/** Answers {@code /v1/chat/completions} and {@code /v1/completions}. */
final class CompletionHandler {
  private final ModelNames models;
  private final RequestReader reader;
  private final int mostCalls;
  private final int mostUnsent;
  private final LiveCalls live;
  private final HttpGateway.Parts parts;
  private final RequestNamer namer;

  CompletionHandler(ReadableConfig options, ModelNames models, HttpGateway.Parts parts) {
    this.models = models;
    this.parts = parts;
    this.live = parts.live();
    this.namer =
        new RequestNamer(parts.dialogues(), live, options.get(GatewayOptions.STATELESS_TTL));
    this.reader =
        new RequestReader(
            options.get(ChatJobOptions.MAX_BYTES), options.get(ChatJobOptions.UNKNOWN_FIELDS));
    this.mostCalls = options.get(GatewayOptions.MOST_CALLS);
    this.mostUnsent = Math.toIntExact(options.get(GatewayOptions.UNSENT).getBytes());
  }

  /**
   * @throws ApiException if the request is refused
   */
  void handle(Exchange exchange, Endpoint endpoint, Client client, byte[] body)
      throws InterruptedException {
    try {
      parts.limits().take(client);
      handle(exchange, client, ClientRequest.read(endpoint, body));
    } catch (ApiException e) {
      parts.metrics().failed(e.status());
      throw e;
    }
  }

  private void handle(Exchange exchange, Client client, ClientRequest request)
      throws InterruptedException {
    models.check(request.model());
    RequestNames names = namer.name(exchange::header, client, request);
    try {
      ask(exchange, client, request, names);
    } finally {
      names.reserved().ifPresent(live::release);
    }
  }

  private void ask(Exchange exchange, Client client, ClientRequest request, RequestNames names)
      throws InterruptedException {
    PromptRecord prompt =
        PromptRecord.of(
            request, reader, names.request(), names.conversation(), client::conversation);
    if (live.size() >= mostCalls) {
      throw ApiException.failed(
          503, "overloaded", "%d calls wait for answers: try again later".formatted(mostCalls));
    }
    exchange.header("X-Request-Id", names.request());
    exchange.header("X-Conversation-Id", client.nameOf(names.conversation()));
    AnswerHead head = head(request.endpoint(), names);
    Optional<StreamResponse> stream = stream(exchange, request, prompt, head);
    AnswerListener response =
        stream
            .<AnswerListener>map(s -> s)
            .orElseGet(() -> new WholeResponse(exchange, answer(head, prompt)));
    Call call =
        new Call(
            new Call.Request(
                names.request(), names.conversation(), prompt.choices(), prompt.needsCompletion()),
            parts
                .metrics()
                .measured(
                    remembering(response, names, answer(head, prompt)),
                    tokens -> parts.limits().took(client, tokens)));
    Asking asking = new Asking(parts.writer(), live, parts.earlier(), call, names.keyed());
    if (names.keyed()) {
      call.hold(); // What comes now is told after what came before.
    }
    live.add(call);
    exchange.whenGone(
        () -> {
          stream.ifPresent(StreamResponse::stop);
          asking.gone();
        });
    asking.ask(prompt.value(), names.dialogue().map(parts.elsewhere()::header).stream().toList());
  }

  private AnswerListener remembering(
      AnswerListener response, RequestNames names, WholeAnswer answer) {
    return names
        .dialogue()
        .<AnswerListener>map(
            dialogue ->
                new DialogueListener(
                    response, parts.dialogues(), dialogue, names.conversation(), answer))
        .orElse(response);
  }

  private static WholeAnswer answer(AnswerHead head, PromptRecord prompt) {
    return new WholeAnswer(head, prompt.choices(), prompt.mayCall());
  }

  private AnswerHead head(Endpoint endpoint, RequestNames names) {
    return new AnswerHead(
        endpoint,
        AnswerId.of(endpoint == Endpoint.CHAT, names.conversation(), names.request()),
        System.currentTimeMillis() / 1000,
        models.name());
  }

  private Optional<StreamResponse> stream(
      Exchange exchange, ClientRequest request, PromptRecord prompt, AnswerHead head) {
    return request.stream()
        ? Optional.of(
            new StreamResponse(
                exchange,
                new ChunkEvents(
                    new AnswerChunks(
                        head, prompt.choices(), prompt.mayCall(), request.includeUsage())),
                mostUnsent))
        : Optional.empty();
  }
}
