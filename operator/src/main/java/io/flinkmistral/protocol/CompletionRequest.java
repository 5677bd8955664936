package io.flinkmistral.protocol;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is new in a conversation, and how to answer it.
 *
 * @param requestId repeated in the answer
 * @param conversationId the conversation; requests with the same one are answered in order
 * @param messages the new messages, at least one
 * @param tools definitions of tools that the assistant may call, as JSON texts
 * @param maxTokens the most tokens of the answer; absent: the operator's default
 * @param sampling how tokens are chosen
 * @param stop texts that end the answer and are not part of it
 * @param stream whether the answer's tokens are sent one by one, too
 * @param reset whether the conversation's earlier turns are forgotten first
 * @param fork where the conversation, which has no turns yet, branches off from another one
 * @param origin the record that brought the request, where there was one
 */
public record CompletionRequest(
    String requestId,
    String conversationId,
    List<ChatMessage> messages,
    List<String> tools,
    OptionalInt maxTokens,
    SamplingParams sampling,
    List<String> stop,
    boolean stream,
    boolean reset,
    Optional<ForkPoint> fork,
    Optional<SourceRecord> origin) {

  public CompletionRequest {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    stop = List.copyOf(stop);
    if (conversationId.isEmpty()) {
      throw new InvalidRequestException("conversation_id", "conversation_id must not be empty");
    }
    if (messages.isEmpty()) {
      throw new InvalidRequestException("messages", "messages must have at least one message");
    }
    if (maxTokens.isPresent() && maxTokens.getAsInt() < 1) {
      throw new InvalidRequestException(
          "max_tokens", "max_tokens must be 1 or more, but is " + maxTokens.getAsInt());
    }
    if (stop.stream().anyMatch(String::isEmpty)) {
      throw new InvalidRequestException("stop", "stop must not hold an empty text");
    }
    fork.ifPresent(point -> checkFork(conversationId, point.conversationId()));
  }

  private static void checkFork(String id, String source) {
    String root = ConversationIds.root(source);
    if (id.equals(source) || !ConversationIds.root(id).equals(root)) {
      throw new InvalidRequestException(
          "conversation_id",
          "conversation_id must be \"%s~\" and a name of the fork, but is \"%s\""
              .formatted(Excerpt.of(root), Excerpt.of(id)));
    }
  }

  /** A greedy request of one user message. */
  public static CompletionRequest ofUser(String requestId, String conversationId, String text) {
    return new CompletionRequest(
        requestId,
        conversationId,
        List.of(new ChatMessage(Role.USER, text)),
        List.of(),
        OptionalInt.empty(),
        SamplingParams.DEFAULT,
        List.of(),
        false,
        false,
        Optional.empty(),
        Optional.empty());
  }
}
