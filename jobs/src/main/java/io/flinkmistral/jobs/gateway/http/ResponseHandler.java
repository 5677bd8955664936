package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseRequest;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.json.RequestReader;
import io.flinkmistral.jobs.options.ChatJobOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Answers {@code /v1/responses}. A response is a turn of a conversation of the job, and one that
 * follows it is that conversation's next turn; or, where another one has come before it, the first
 * of a fork, which is named after the request. The job decides which.
 */
final class ResponseHandler {
  private final ModelNames models;
  private final RequestReader reader;
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
    this.mostUnsent = Math.toIntExact(options.get(GatewayOptions.UNSENT).getBytes());
  }

  /**
   * @throws ApiException if the request is refused
   */
  void handle(Exchange exchange, Client client, byte[] body) throws InterruptedException {
    try {
      parts.queue().check();
      parts.limits().take(client);
      ResponseRequest request = ResponseRequest.read(body);
      models.check(request.asked().model());
      ResponseNamer.Names named = namer.name(exchange::header, client, request);
      new ResponseStart(exchange, client, request, named, parts, models.name(), mostUnsent)
          .ask(reader, named.names());
    } catch (ApiException e) {
      parts.metrics().failed(e.status());
      throw e;
    }
  }
}
