package io.flinkmistral.protocol;

/** A request that cannot be served, and which of its parameters is to blame. */
public final class InvalidRequestException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String parameter;

  /**
   * @param parameter the request's field, as the request spells it; empty where none is to blame
   * @param message what is wrong, with the value, and what is allowed
   */
  public InvalidRequestException(String parameter, String message) {
    super(message);
    this.parameter = parameter;
  }

  public String parameter() {
    return parameter;
  }
}
