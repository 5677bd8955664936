package io.flinkmistral.constraint;

import io.flinkmistral.protocol.InvalidRequestException;

/**
 * Where something stands that a client sent, for messages that name it.
 *
 * @param parameter the request's field, as the request spells it
 * @param at where in its value: a JSON pointer, or a position in a text; empty: the whole
 */
public record Place(String parameter, String at) {
  /** The whole value of a field. */
  public static Place of(String parameter) {
    return new Place(parameter, "");
  }

  /** A member or an element of the JSON value here (RFC 6901 escapes). */
  public Place in(String name) {
    return new Place(parameter, at + "/" + name.replace("~", "~0").replace("/", "~1"));
  }

  public Place in(int index) {
    return in(Integer.toString(index));
  }

  /** Another place in the same value. */
  public Place at(String place) {
    return new Place(parameter, place);
  }

  /**
   * @param what what is wrong, with the value, and what is allowed
   */
  public InvalidRequestException refused(String what) {
    return new InvalidRequestException(
        parameter, (at.isEmpty() ? parameter : parameter + " at " + at) + ": " + what);
  }
}
