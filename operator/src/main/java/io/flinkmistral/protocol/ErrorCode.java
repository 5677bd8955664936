package io.flinkmistral.protocol;

/** Why a request is refused, as a stable word for programs, and the kind of error that it is. */
public enum ErrorCode {
  INVALID_REQUEST("invalid_request", ErrorCode.INVALID),
  /** Conversation and prompt leave no room for an answer. */
  CONTEXT_LENGTH_EXCEEDED("context_length_exceeded", ErrorCode.INVALID),
  /** The request's own bytes, tokens, messages, tools or stop texts are too many. */
  REQUEST_TOO_LARGE("request_too_large", ErrorCode.INVALID),
  /** Its keys and values can never fit into the memory that is set aside for them. */
  KV_MEMORY_EXCEEDED("kv_memory_exceeded", ErrorCode.INVALID),
  CONVERSATION_NOT_FOUND("conversation_not_found", ErrorCode.INVALID),
  CONVERSATION_EXISTS("conversation_exists", ErrorCode.INVALID),
  TURN_NOT_FOUND("turn_not_found", ErrorCode.INVALID),
  /** Its form allows nothing that the model's vocabulary can write. */
  CONSTRAINT_DEAD_END("constraint_dead_end", "server_error"),
  /** It took longer than it may. */
  DEADLINE_EXCEEDED("deadline_exceeded", "timeout_error"),
  /** The most tokens allowed were not enough for what the answer has to be. */
  ANSWER_INCOMPLETE("answer_incomplete", "server_error"),
  /** The answer is longer than a record of its topic may be. */
  ANSWER_TOO_LARGE("answer_too_large", "server_error"),
  /** Too many requests of the conversation wait: the same one may be sent again later. */
  QUEUE_FULL("queue_full", "rate_limit_error");

  private static final String INVALID = "invalid_request_error";

  private final String wireName;
  private final String type;

  ErrorCode(String wireName, String type) {
    this.wireName = wireName;
    this.type = type;
  }

  public String wireName() {
    return wireName;
  }

  /** The kind, in OpenAI's words. */
  public String type() {
    return type;
  }

  /** Whether the same record may have none at another time, or with more memory. */
  public boolean mayPass() {
    return switch (this) {
      case KV_MEMORY_EXCEEDED,
          CONVERSATION_NOT_FOUND,
          CONVERSATION_EXISTS,
          TURN_NOT_FOUND,
          DEADLINE_EXCEEDED,
          QUEUE_FULL ->
          true;
      case INVALID_REQUEST,
          CONTEXT_LENGTH_EXCEEDED,
          REQUEST_TOO_LARGE,
          CONSTRAINT_DEAD_END,
          ANSWER_INCOMPLETE,
          ANSWER_TOO_LARGE ->
          false;
    };
  }

  /** The kind of an error whose code is {@code wireName}; invalid where it is not one of these. */
  public static String typeOf(String wireName) {
    for (ErrorCode code : values()) {
      if (code.wireName.equals(wireName)) {
        return code.type;
      }
    }
    return INVALID;
  }
}
