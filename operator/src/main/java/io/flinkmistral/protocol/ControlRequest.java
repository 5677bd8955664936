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

  /**
   * All that there is of the conversation goes: turns, pages, requests that are not answered, and
   * the ids of those that were.
   *
   * @param requestId repeated in the acknowledgement
   */
  record Forget(String requestId, String conversationId, Optional<SourceRecord> origin)
      implements ControlRequest {}

  /**
   * The turns of the conversation that have ended are to be told.
   *
   * @param requestId repeated in the answer
   */
  record Show(String requestId, String conversationId, Optional<SourceRecord> origin)
      implements ControlRequest {}
}
