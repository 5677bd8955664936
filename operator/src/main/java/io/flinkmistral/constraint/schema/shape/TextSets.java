package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.automaton.Automaton;
import io.flinkmistral.constraint.regex.RegularExpressions;
import io.flinkmistral.constraint.schema.shape.Shape.Strings;
import io.flinkmistral.constraint.schema.text.Format;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The texts of patterns, formats and lengths. Each pattern is compiled once. */
public final class TextSets {
  private final Effort effort;
  private final Map<String, Automaton> patterns = new HashMap<>();
  private final Map<String, Automaton> formats = new HashMap<>();
  private final Map<Strings, Automaton> sets = new HashMap<>();

  TextSets(Effort effort) {
    this.effort = effort;
  }

  Effort effort() {
    return effort;
  }

  public Automaton pattern(String pattern, Place place) {
    Automaton known = patterns.get(pattern);
    if (known == null) {
      known = RegularExpressions.anywhere(pattern, effort, place);
      patterns.put(pattern, known);
    }
    return known;
  }

  /** Whether some part of a text matches. */
  boolean matches(String pattern, String text, Place place) {
    return accepts(pattern(pattern, place), text, place);
  }

  /** Whether a text is one that is allowed of a format. */
  boolean isOf(Format format, String text, Place place) {
    return accepts(format(format, OptionalInt.empty(), place), text, place);
  }

  private boolean accepts(Automaton set, String text, Place place) {
    effort.spend(1L + text.length(), place);
    return set.accepts(text);
  }

  private Automaton format(Format format, OptionalInt most, Place place) {
    return whole(format.pattern(most), place);
  }

  private Automaton whole(String pattern, Place place) {
    Automaton known = formats.get(pattern);
    if (known == null) {
      known = RegularExpressions.whole(pattern, effort, place);
      formats.put(pattern, known);
    }
    return known;
  }

  /** Texts that fit all that is said. */
  public Automaton all(Strings strings, Place place) {
    Automaton known = sets.get(strings);
    if (known == null) {
      known = made(strings, place);
      sets.put(strings, known);
    }
    return known;
  }

  private Automaton made(Strings strings, Place place) {
    Automaton set = intersection(parts(strings, place), place);
    // A bound that is kept anyway would cost states.
    OptionalInt longest = set.longest();
    boolean isShort =
        strings.most().isEmpty()
            || longest.isPresent() && longest.getAsInt() <= strings.most().getAsInt();
    OptionalInt most = isShort ? OptionalInt.empty() : strings.most();
    return strings.least() == 0 && isShort
        ? set
        : set.and(Automaton.ofLength(strings.least(), most, effort, place), effort, place);
  }

  /** Texts that might fit: formats that are narrower here than in the standard say nothing. */
  Automaton possible(Strings strings, Place place) {
    return all(
        new Strings(
            strings.least(),
            strings.most(),
            strings.patterns(),
            strings.formats().stream().filter(Format::isExact).collect(Collectors.toSet())),
        place);
  }

  private List<Automaton> parts(Strings strings, Place place) {
    List<Automaton> sets = new ArrayList<>();
    strings.patterns().forEach(pattern -> sets.add(pattern(pattern, place)));
    strings.formats().forEach(format -> sets.add(format(format, strings.most(), place)));
    return sets;
  }

  private Automaton intersection(List<Automaton> sets, Place place) {
    return sets.stream().reduce((a, b) -> a.and(b, effort, place)).orElseGet(Automaton::all);
  }
}
