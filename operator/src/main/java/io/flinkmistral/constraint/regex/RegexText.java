package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.TextCursor;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;

/** A pattern that is read. */
final class RegexText extends TextCursor {
  private final Place place;

  RegexText(String text, Place place) {
    super(text);
    this.place = place;
  }

  @Override
  public InvalidRequestException refused(int position, String what) {
    String rest = excerpt(position);
    return place.refused(
        "the pattern at character %d (%s): %s"
            .formatted(position, rest.isEmpty() ? "its end" : Excerpt.of(rest), what));
  }
}
