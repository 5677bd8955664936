package io.flinkmistral.constraint.regex;

import java.util.List;

/**
 * A pattern that begins with look-aheads: each says something of the text from its beginning on, so
 * the texts are those that match the rest and what each says.
 *
 * @param rest what is behind the look-aheads
 * @param wanted what texts must begin with
 * @param unwanted what texts must not begin with
 */
record LookAheads(Regex rest, List<Regex> wanted, List<Regex> unwanted) {
  LookAheads {
    wanted = List.copyOf(wanted);
    unwanted = List.copyOf(unwanted);
  }
}
