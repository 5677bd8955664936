package io.flinkmistral.protocol;

/**
 * A request that cannot be served, and which of its parameters is to blame. Whatever is quoted in
 * the message, it is bounded here, and can be written: it goes out in answers and headers.
 */
public final class InvalidRequestException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String parameter;
  private final ErrorCode code;

  /**
   * @param parameter the request's field, as the request spells it; empty where none is to blame
   * @param message what is wrong, with the value, and what is allowed
   */
  public InvalidRequestException(String parameter, String message) {
    this(parameter, ErrorCode.INVALID_REQUEST, message);
  }

  /** The same with a code that says more. */
  public InvalidRequestException(String parameter, ErrorCode code, String message) {
    super(Excerpt.ofMessage(message));
    this.parameter = Excerpt.ofMessage(parameter);
    this.code = code;
  }

  /**
   * A number that is not in its range.
   *
   * @param range such as {@code from 0 to 100}
   */
  public static InvalidRequestException outOfRange(String parameter, Number value, String range) {
    return new InvalidRequestException(
        parameter, "%s must be %s, but is %s".formatted(parameter, range, value));
  }

  public String parameter() {
    return parameter;
  }

  public ErrorCode code() {
    return code;
  }
}
