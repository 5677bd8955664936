package io.flinkmistral.protocol;

import java.util.Optional;

/** What is to become of a conversation, or of a request of it, beside being answered. */
public sealed interface ControlRequest extends ClientRecord {
  /**
   * A request that is not answered yet is to end now. Its own answer says so, and nothing else
   * does.
   *
   * @param target the request's id
   */
  record Cancel(String target, String conversationId, Optional<SourceRecord> origin)
      implements ControlRequest {}
}
