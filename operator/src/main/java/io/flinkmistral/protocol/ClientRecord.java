package io.flinkmistral.protocol;

import java.util.Optional;

/** What a client sends about a conversation: a request, or what is to become of it and others. */
public sealed interface ClientRecord permits CompletionRequest, ControlRequest {
  /** The conversation; records of the same one are taken in their order. */
  String conversationId();

  /** The record that brought it, where there was one. */
  Optional<SourceRecord> origin();
}
