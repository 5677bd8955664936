package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.access.Door;
import io.flinkmistral.jobs.gateway.http.exchange.BodyReader;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.metrics.GatewayMetrics;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Endpoint;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which request is whose. Bodies are read by event loops, and handled by virtual threads. */
final class Routes {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
  private static final String MODELS = "/v1/models";
  private static final String CONVERSATIONS = "/v1/conversations/";

  private final Door door;
  private final BodyReader bodies;
  private final Handlers handlers;
  private final Executor threads;

  /** Who answers. */
  record Handlers(
      CompletionHandler completions,
      ResponseHandler responses,
      ConversationHandler conversations,
      ModelNames models,
      Health health,
      GatewayMetrics metrics,
      Page page,
      PageActions pageActions) {}

  Routes(Door door, BodyReader bodies, Handlers handlers, Executor threads) {
    this.door = door;
    this.bodies = bodies;
    this.handlers = handlers;
    this.threads = threads;
  }

  /** What a virtual thread does with a request. */
  private interface Action {
    void run(byte[] body) throws InterruptedException;
  }

  /** To be called by the request's event loop. */
  void handle(HttpServerRequest request, Context context) {
    Exchange exchange = new Exchange(context, request);
    try {
      door.checkOrigin(request::getHeader);
      route(exchange);
    } catch (ApiException e) {
      exchange.fail(e);
    }
  }

  private void route(Exchange exchange) {
    String method = exchange.request().method().name();
    String path = exchange.request().path();
    if (path.equals("/health")) {
      check(method, path, "GET");
      answer(exchange, _ -> handlers.health().answer(exchange));
      return;
    }
    if (handlers.page().has(path)) {
      check(method, path, "GET");
      handlers.page().answer(exchange, path);
      return;
    }
    Client client = door.client(exchange.request()::getHeader);
    switch (path) {
      case "/v1/chat/completions" -> ask(exchange, Endpoint.CHAT, client);
      case "/v1/completions" -> ask(exchange, Endpoint.TEXT, client);
      case "/v1/responses" -> {
        if (!method.equals("POST")) {
          throw Verbs.refusal(method, path);
        }
        answer(exchange, body -> handlers.responses().handle(exchange, client, body));
      }
      case "/page/session" -> {
        check(method, path, "GET");
        handlers.pageActions().session(exchange);
      }
      case "/page/topics" -> {
        check(method, path, "GET");
        answer(exchange, _ -> handlers.pageActions().topics(exchange, client));
      }
      case "/page/kill-taskmanager" -> {
        check(method, path, "POST");
        answer(exchange, _ -> handlers.pageActions().kill(exchange));
      }
      case "/metrics" -> {
        check(method, path, "GET");
        exchange.text("text/plain; version=0.0.4; charset=utf-8", handlers.metrics().text());
      }
      case MODELS -> {
        check(method, path, "GET");
        exchange.json(200, handlers.models().list());
      }
      default -> {
        if (path.startsWith(MODELS + "/")) {
          check(method, path, "GET");
          exchange.json(
              200,
              handlers
                  .models()
                  .one(PathName.decoded("the path", path.substring(MODELS.length() + 1))));
        } else if (path.startsWith(CONVERSATIONS)) {
          conversation(exchange, path.substring(CONVERSATIONS.length()), client);
        } else {
          throw Verbs.refusal(method, path);
        }
      }
    }
  }

  private void conversation(Exchange exchange, String encoded, Client client) {
    String method = exchange.request().method().name();
    String path = exchange.request().path();
    if (encoded.isEmpty() || encoded.contains("/")) {
      throw Verbs.refusal(method, path);
    }
    String name = PathName.decoded("the path", encoded);
    switch (method) {
      case "GET" -> answer(exchange, _ -> handlers.conversations().show(exchange, client, name));
      case "DELETE" ->
          answer(exchange, _ -> handlers.conversations().forget(exchange, client, name));
      default -> throw Verbs.refusal(method, path);
    }
  }

  private void ask(Exchange exchange, Endpoint endpoint, Client client) {
    String path = exchange.request().path();
    String method = exchange.request().method().name();
    if (endpoint == Endpoint.CHAT && !method.equals("POST")) {
      throw Verbs.refusal(method, path);
    }
    check(method, path, "POST");
    answer(exchange, body -> handlers.completions().handle(exchange, endpoint, client, body));
  }

  private static void check(String method, String path, String allowed) {
    if (!method.equals(allowed)) {
      throw ApiException.refused(
          405,
          "",
          "method_not_allowed",
          "%s takes %s, but was asked with %s".formatted(path, allowed, method));
    }
  }

  private void answer(Exchange exchange, Action action) {
    bodies
        .read(exchange.request(), exchange.context())
        .onSuccess(body -> threads.execute(() -> run(exchange, action, body)))
        .onFailure(failure -> exchange.fail(error(failure)));
  }

  private static void run(Exchange exchange, Action action, byte[] body) {
    try {
      action.run(body);
    } catch (InterruptedException e) {
      exchange.fail(ApiException.failed(503, "gateway_closed", "the gateway is being stopped"));
    } catch (RuntimeException e) {
      exchange.fail(error(e));
    }
  }

  private static ApiException error(Throwable failure) {
    if (failure instanceof ApiException e) {
      return e;
    }
    LOG.error("a request failed", failure);
    return ApiException.failed(500, "internal_error", "the gateway has failed; its log says how");
  }
}
