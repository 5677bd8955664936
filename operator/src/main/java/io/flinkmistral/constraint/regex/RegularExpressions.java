package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.CodePoints.Range;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.Rules;
import io.flinkmistral.constraint.automaton.Automaton;

/** What regular expressions match. */
public final class RegularExpressions {
  private RegularExpressions() {}

  /**
   * Answers that match from their first character to their last.
   *
   * @param parameter the request's field, for messages
   */
  public static Grammar grammar(String pattern, String parameter) {
    Place place = Place.of(parameter);
    Effort effort = new Effort();
    Rules rules = new Rules(effort, place);
    Automaton automaton = whole(pattern, effort, place);
    if (automaton.isEmpty()) {
      throw place.refused("no text matches the pattern");
    }
    Expression.Reference root = rules.fresh("root");
    rules.define(root, automaton.write(rules, RegularExpressions::plain, effort, place));
    return rules.grammar(root);
  }

  /** Texts that match from their first character to their last. */
  public static Automaton whole(String pattern, Effort effort, Place place) {
    LookAheads regex = RegexReader.read(pattern, true, effort, place);
    return and(
        automaton(Nfa.whole(regex.rest(), effort, place), effort, place), regex, effort, place);
  }

  /** Texts with a part that matches. */
  public static Automaton anywhere(String pattern, Effort effort, Place place) {
    LookAheads regex = RegexReader.read(pattern, false, effort, place);
    return and(anywhere(regex.rest(), effort, place), regex, effort, place);
  }

  private static Automaton and(Automaton rest, LookAheads regex, Effort effort, Place place) {
    Automaton all = rest;
    for (Regex wanted : regex.wanted()) {
      all = all.and(anywhere(wanted, effort, place), effort, place);
    }
    for (Regex unwanted : regex.unwanted()) {
      all = all.minus(anywhere(unwanted, effort, place), effort, place);
    }
    return all;
  }

  private static Automaton anywhere(Regex regex, Effort effort, Place place) {
    return automaton(Nfa.anywhere(regex, effort, place), effort, place);
  }

  private static Automaton automaton(Nfa nfa, Effort effort, Place place) {
    return new Determiniser(nfa, effort, place).automaton();
  }

  private static Expression plain(CodePoints characters) {
    Range first = characters.ranges().getFirst();
    return characters.ranges().size() == 1 && first.first() == first.last()
        ? new Expression.Literal(Character.toString(first.first()))
        : new Expression.Character(characters);
  }
}
