package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import io.flinkmistral.jobs.gateway.openai.PromptRecord;
import io.flinkmistral.jobs.gateway.topics.Call;
import io.flinkmistral.jobs.json.RequestReader;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;

/** Has one who asks wait for an answer, and sends what is asked. */
interface Starter {
  Exchange exchange();

  Client client();

  HttpGateway.Parts parts();

  /** What the client has sent. */
  ClientRequest asked();

  /**
   * From now on what is said of the request is told to the client.
   *
   * @param isNew whether it is sent now, and counts
   */
  Asking begin(RequestNames names, PromptRecord prompt, boolean isNew);

  /** Of the request's record. */
  List<Header> headers(RequestNames names);

  /**
   * Asks, or looks first for what was said to the same request before, where its client has named
   * it.
   *
   * @throws ApiException if the request is refused
   */
  default void ask(RequestReader reader, RequestNames names) throws InterruptedException {
    PromptRecord prompt =
        PromptRecord.of(
            asked(), reader, names.request(), names.conversation(), client()::conversation);
    if (names.key().isPresent()) {
      new KeyedAsking(parts(), this, names.key().get()).ask(names, prompt);
    } else {
      begin(names, prompt, true).ask(prompt.value(), headers(names));
    }
  }

  /**
   * The call is live.
   *
   * @param told what comes of it
   * @param stream the same one, where the answer is streamed
   * @param isNew whether it is sent now, and counts
   */
  default Asking begin(
      RequestNames names,
      Call.Request request,
      AnswerListener told,
      Optional<StreamResponse> stream,
      boolean isNew) {
    Call call =
        new Call(
            request,
            parts().metrics().measured(told),
            tokens -> {
              if (isNew) {
                parts().limits().took(client(), tokens);
              }
            });
    if (names.key().isPresent()) {
      call.hold(); // What comes now is told after what came before.
    }
    parts().live().add(call);
    exchange().header("X-Request-Id", names.request());
    stream.ifPresent(StreamResponse::begin);
    Asking asking =
        new Asking(
            parts().writer(),
            parts().live(),
            call,
            names.key().isPresent(),
            () -> stream.ifPresent(StreamResponse::stop));
    exchange().whenGone(asking::gone);
    return asking;
  }
}
