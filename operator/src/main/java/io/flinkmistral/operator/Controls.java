package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.ConversationReport;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Does what control records say, and tells what there is to be told. */
final class Controls {
  private final LanguageModel model;
  private final ConversationState state;
  private final RequestLine line;
  private final Endings endings;
  private final Forgetting forgetting;
  private final EventOutput events;

  Controls(
      LanguageModel model,
      ConversationState state,
      RequestLine line,
      Endings endings,
      Forgetting forgetting,
      EventOutput events) {
    this.model = model;
    this.state = state;
    this.line = line;
    this.endings = endings;
    this.forgetting = forgetting;
    this.events = events;
  }

  void accept(ControlRequest control, OptionalLong timestamp) throws Exception {
    ConversationKey key = new ConversationKey(control.conversationId());
    switch (control) {
      case ControlRequest.Cancel cancel -> endings.cancel(cancel);
      case ControlRequest.Forget forget ->
          events.reported(forget.requestId(), forget, timestamp, forgetting.forget(key));
      case ControlRequest.Show show -> {
        try {
          events.reported(show.requestId(), show, timestamp, shown(key));
        } catch (InvalidRequestException e) {
          events.rejected(show.requestId(), show, timestamp, e);
        }
      }
    }
  }

  private ConversationReport shown(ConversationKey key) throws Exception {
    Conversation conversation = state.of(key);
    ConversationHeader header = conversation.header();
    if (header.tokens() > 0 && !header.tokenizer().equals(model.tokenizerFingerprint())) {
      throw new InvalidRequestException(
          "show",
          "the conversation was held with a model of another tokenizer, which its tokens cannot be"
              + " read with");
    }
    List<int[]> parts = conversation.turns();
    List<ConversationReport.Turn> turns = new ArrayList<>();
    for (int i = 0; i < parts.size(); i += 2) {
      int[] prompt = parts.get(i);
      int[] completion = parts.get(i + 1);
      turns.add(
          new ConversationReport.Turn(
              model.messagesOf(prompt, completion), prompt.length, completion.length));
    }
    return new ConversationReport.Shown(turns, line.tickets(key).size());
  }
}
