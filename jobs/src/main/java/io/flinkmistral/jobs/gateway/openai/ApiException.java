package io.flinkmistral.jobs.gateway.openai;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A call that is refused or has failed: a status of HTTP and an error in OpenAI's form. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final String INVALID = "invalid_request_error";
  private static final String OF_THE_SERVER = "server_error";

  private final int status;
  private final String type;
  private final String parameter;
  private final String code;
  private final long retryAfterSeconds;

  private ApiException(int status, String type, String parameter, String code, String message) {
    this(status, type, parameter, code, message, 0);
  }

  private ApiException(
      int status,
      String type,
      String parameter,
      String code,
      String message,
      long retryAfterSeconds) {
    super(Excerpt.ofMessage(message), null, false, false);
    this.status = status;
    this.type = type;
    this.parameter = parameter;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** A request that has to be changed. */
  public static ApiException invalid(String parameter, String message) {
    return refused(400, parameter, ErrorCode.INVALID_REQUEST.wireName(), message);
  }

  /**
   * One that is refused for another reason.
   *
   * @param parameter empty where none is to blame
   * @param code a stable word for programs
   */
  public static ApiException refused(int status, String parameter, String code, String message) {
    return new ApiException(status, INVALID, parameter, code, message);
  }

  /** What the job would refuse. */
  public static ApiException of(InvalidRequestException e) {
    return new ApiException(
        status(e.code()),
        e.code().type(),
        e.parameter(),
        e.code().wireName(),
        e.getMessage().replaceFirst("^the record ", "the body of the request "));
  }

  /** A request that has to wait. */
  public static ApiException tooMany(String message, long seconds) {
    return new ApiException(429, "rate_limit_error", "", "rate_limit_exceeded", message, seconds);
  }

  /** The same, whoever has sent too many. */
  public static ApiException queueFull(String message, long seconds) {
    return new ApiException(
        429, ErrorCode.QUEUE_FULL.type(), "", ErrorCode.QUEUE_FULL.wireName(), message, seconds);
  }

  /** What is wrong on this side. */
  public static ApiException failed(int status, String code, String message) {
    return new ApiException(status, OF_THE_SERVER, "", code, message);
  }

  /**
   * What the job has said in place of an answer.
   *
   * @param error the record's field of that name
   */
  public static ApiException ofJob(JsonNode error) {
    String code = error.path("code").asString("");
    return new ApiException(
        status(code),
        error.path("type").asString(INVALID),
        error.path("param").asString(""),
        code,
        error.path("message").asString(""));
  }

  private static int status(String code) {
    for (ErrorCode known : ErrorCode.values()) {
      if (known.wireName().equals(code)) {
        return status(known);
      }
    }
    return 400;
  }

  private static int status(ErrorCode code) {
    return switch (code) {
      case INVALID_REQUEST, CONTEXT_LENGTH_EXCEEDED, KV_MEMORY_EXCEEDED -> 400;
      case REQUEST_TOO_LARGE -> 413;
      case CONVERSATION_NOT_FOUND, TURN_NOT_FOUND -> 404;
      case CONVERSATION_EXISTS -> 409;
      case QUEUE_FULL -> 429;
      case CONSTRAINT_DEAD_END, ANSWER_INCOMPLETE, ANSWER_TOO_LARGE -> 500;
      case DEADLINE_EXCEEDED -> 504;
    };
  }

  public int status() {
    return status;
  }

  /** A stable word for programs. */
  public String code() {
    return code;
  }

  /** When the same request may be sent again; 0 where nothing is said of that. */
  public long retryAfterSeconds() {
    return retryAfterSeconds;
  }

  /** The body of the response. */
  public ObjectNode body() {
    ObjectNode body = JsonRecord.empty();
    ObjectNode error = body.putObject("error");
    error.put("message", getMessage());
    error.put("type", type);
    put(error, "param", parameter);
    put(error, "code", code);
    return body;
  }

  private static void put(ObjectNode object, String name, String value) {
    if (value.isEmpty()) {
      object.putNull(name);
    } else {
      object.put(name, value);
    }
  }
}
