package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.access.RateLimits;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.gateway.topics.Call;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.jobs.gateway.topics.PromptWriter;
import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.Excerpt;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows and forgets conversations, by control records. What comes of one is in {@code completions}
 * with the next checkpoint.
 */
final class ConversationHandler {
  private final LiveCalls live;
  private final PromptWriter writer;
  private final RateLimits limits;

  ConversationHandler(LiveCalls live, PromptWriter writer, RateLimits limits) {
    this.live = live;
    this.writer = writer;
    this.limits = limits;
  }

  /** What the client calls the conversation, and what it says of it. */
  private record Report(Exchange exchange, String name) implements AnswerListener {
    @Override
    public void reported(JsonNode report) {
      if (report.path("object").asString("").equals("conversation")
          && report.path("turns").isEmpty()
          && report.path("unfinished_requests").asInt(0) == 0) {
        failed(
            ApiException.refused(
                404,
                "",
                "conversation_not_found",
                "there is no conversation \"%s\"".formatted(Excerpt.of(name))));
        return;
      }
      ObjectNode told = JsonRecord.empty();
      told.put("id", name);
      report
          .properties()
          .forEach(
              field -> {
                if (!field.getKey().endsWith("_id")) {
                  told.set(field.getKey(), field.getValue());
                }
              });
      exchange.json(200, told);
    }

    @Override
    public void failed(ApiException error) {
      exchange.fail(error);
    }

    @Override
    public void piece(Piece piece) {
      // There are none.
    }

    @Override
    public void over(JsonNode usage, JsonNode promptLogprobs) {
      failed(ApiException.failed(500, "internal_error", "an answer came in place of a report"));
    }
  }

  void show(Exchange exchange, Client client, String name) throws InterruptedException {
    control(exchange, client, name, "show");
  }

  void forget(Exchange exchange, Client client, String name) throws InterruptedException {
    control(exchange, client, name, "forget");
  }

  private void control(Exchange exchange, Client client, String name, String verb)
      throws InterruptedException {
    limits.take(client);
    String conversation = client.conversation(name);
    Call call =
        new Call(
            new Call.Request(Client.newRequest(), conversation, 1, true),
            new Report(exchange, name),
            _ -> {});
    ObjectNode record = JsonRecord.empty();
    record.put(verb, conversation);
    record.put("request_id", call.request().id());
    live.add(call);
    exchange.whenGone(
        () -> {
          live.remove(call);
          call.leave();
        });
    try {
      writer.send(call.request(), JsonRecord.write(record), List.of());
    } catch (ApiException e) {
      live.remove(call);
      call.fail(e);
    }
  }
}
