package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.Client;
import io.flinkmistral.jobs.gateway.dialogue.DialogueListener;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerChunks;
import io.flinkmistral.jobs.gateway.openai.AnswerHead;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ChunkEvents;
import io.flinkmistral.jobs.gateway.openai.ClientRequest;
import io.flinkmistral.jobs.gateway.openai.Endpoint;
import io.flinkmistral.jobs.gateway.openai.PromptRecord;
import io.flinkmistral.jobs.gateway.openai.WholeAnswer;
import io.flinkmistral.jobs.gateway.topics.Call;
import io.flinkmistral.jobs.json.AnswerId;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;

/**
 * Has one who asks wait for an answer, in the form that he wants.
 *
 * @param model the name that answers carry
 * @param mostUnsent most bytes of a stream that wait for the client to take them
 */
record CallStart(
    Exchange exchange,
    Client client,
    ClientRequest request,
    HttpGateway.Parts parts,
    String model,
    int mostUnsent)
    implements Starter {

  @Override
  public ClientRequest asked() {
    return request;
  }

  @Override
  public Asking begin(RequestNames names, PromptRecord prompt, boolean isNew) {
    AnswerHead head = head(names);
    Optional<StreamResponse> stream = stream(prompt, head);
    AnswerListener response =
        stream
            .<AnswerListener>map(s -> s)
            .orElseGet(() -> new WholeResponse(exchange, answer(head, prompt)));
    Asking asking =
        begin(
            names,
            new Call.Request(
                names.request(), names.conversation(), prompt.choices(), prompt.needsCompletion()),
            remembering(response, names, answer(head, prompt)),
            stream,
            isNew);
    exchange.header("X-Conversation-Id", PathName.encoded(client.nameOf(names.conversation())));
    return asking;
  }

  @Override
  public List<Header> headers(RequestNames names) {
    return names.dialogue().map(parts.elsewhere()::header).stream().toList();
  }

  private AnswerListener remembering(
      AnswerListener response, RequestNames names, WholeAnswer answer) {
    return names.dialogue().isPresent()
        ? new DialogueListener(
            response,
            parts.dialogues(),
            names.dialogue().get(),
            names.claim(),
            names.conversation(),
            names.request(),
            answer)
        : response;
  }

  private static WholeAnswer answer(AnswerHead head, PromptRecord prompt) {
    return new WholeAnswer(head, prompt.choices(), prompt.mayCall());
  }

  private AnswerHead head(RequestNames names) {
    return new AnswerHead(
        request.endpoint(),
        AnswerId.of(request.endpoint() == Endpoint.CHAT, names.conversation(), names.request()),
        System.currentTimeMillis() / 1000,
        model);
  }

  private Optional<StreamResponse> stream(PromptRecord prompt, AnswerHead head) {
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
