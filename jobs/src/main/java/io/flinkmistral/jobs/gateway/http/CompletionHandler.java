package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import io.flinkmistral.jobs.gateway.openai.Endpoint;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.jobs.options.ChatJobOptions;
import org.apache.flink.configuration.ReadableConfig;

/** Answers {@code /v1/chat/completions} and {@code /v1/completions}. */
final class CompletionHandler {
  private final ModelNames models;
  private final RequestReader reader;
  private final int mostUnsent;
  private final LiveCalls live;
  private final HttpGateway.Parts parts;
  private final RequestNamer namer;

  CompletionHandler(ReadableConfig options, ModelNames models, HttpGateway.Parts parts) {
    this.models = models;
    this.parts = parts;
    this.live = parts.live();
    this.namer =
        new RequestNamer(
            parts.dialogues(),
            live,
            options.get(GatewayOptions.STATELESS_TTL),
            options.get(GatewayOptions.LOOK_BACK));
    this.reader =
        new RequestReader(
            options.get(ChatJobOptions.MAX_BYTES), options.get(ChatJobOptions.UNKNOWN_FIELDS));
    this.mostUnsent = Math.toIntExact(options.get(GatewayOptions.UNSENT).getBytes());
  }

  /**
   * @throws ApiException if the request is refused
   */
  void handle(Exchange exchange, Endpoint endpoint, Client client, byte[] body)
      throws InterruptedException {
    try {
      parts.queue().check();
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
    boolean asked = false;
    try {
      new CallStart(exchange, client, request, parts, models.name(), mostUnsent).ask(reader, names);
      asked = true;
    } finally {
      names.reserved().ifPresent(live::release);
      if (!asked) {
        names.claim().ifPresent(parts.dialogues()::putBack);
      }
    }
  }
}
