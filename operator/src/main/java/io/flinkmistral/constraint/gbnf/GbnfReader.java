package io.flinkmistral.constraint.gbnf;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.Rules;
import io.flinkmistral.protocol.Excerpt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Reads a grammar in llama.cpp's notation. */
public final class GbnfReader {
  static final int MAX_CHARACTERS = 256 << 10;
  static final int MAX_DEPTH = 100;
  static final int MAX_COUNT = 10_000;

  private static final String ROOT = "root";

  private final GbnfText text;
  private final GbnfCharacters characters;
  private final Place place;
  private final Map<String, Expression> rules = new LinkedHashMap<>();

  /** Where each name was first used. */
  private final Map<String, Integer> used = new LinkedHashMap<>();

  private int depth;

  private GbnfReader(String grammar, Place place) {
    this.place = place;
    this.text = new GbnfText(grammar, place);
    this.characters = new GbnfCharacters(text);
  }

  /**
   * @param parameter the request's field, for messages
   */
  public static Grammar read(String grammar, String parameter) {
    Place place = Place.of(parameter);
    if (grammar.length() > MAX_CHARACTERS) {
      throw place.refused(
          "the grammar has %,d characters, but at most %,d are allowed"
              .formatted(grammar.length(), MAX_CHARACTERS));
    }
    return new GbnfReader(grammar, place).grammar();
  }

  private Grammar grammar() {
    text.skip(true);
    while (text.peek() != GbnfText.END) {
      rule();
      text.skip(true);
    }
    if (!rules.containsKey(ROOT)) {
      throw place.refused("the grammar has no rule named root");
    }
    used.forEach(
        (name, position) -> {
          if (!rules.containsKey(name)) {
            throw text.refused(position, "there is no rule named " + Excerpt.of(name));
          }
        });
    Rules collected = new Rules(new Effort(), place);
    rules.forEach((name, expression) -> collected.define(new Reference(name), expression));
    return collected.grammar(new Reference(ROOT));
  }

  private void rule() {
    int start = text.position();
    String name = text.name();
    text.skip(false);
    if (name.isEmpty() || !text.takeIf("::=")) {
      throw text.refused(start, "a rule must begin with its name and ::=");
    }
    text.skip(true);
    Expression expression = alternatives(false);
    if (text.peek() != GbnfText.END && text.peek() != '\n' && text.peek() != '\r') {
      throw text.refused(text.position(), "the rule goes on with what cannot stand here");
    }
    if (rules.put(name, expression) != null) {
      throw text.refused(start, "there are two rules named " + Excerpt.of(name));
    }
  }

  private Expression alternatives(boolean nested) {
    if (++depth > MAX_DEPTH) {
      throw text.refused(
          text.position(), "groups nest deeper than %d, which is the most".formatted(MAX_DEPTH));
    }
    List<Expression> options = new ArrayList<>();
    options.add(sequence(nested));
    while (text.takeIf("|")) {
      text.skip(true);
      options.add(sequence(nested));
    }
    depth--;
    return options.size() == 1 ? options.getFirst() : new Choice(options);
  }

  private Expression sequence(boolean nested) {
    List<Expression> parts = new ArrayList<>();
    while (true) {
      int start = text.position();
      Expression symbol = symbol(nested);
      if (symbol == null) {
        return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
      }
      text.skip(nested);
      parts.add(repeated(symbol, start, nested));
    }
  }

  /** Null where the sequence ends. */
  private Expression symbol(boolean nested) {
    int start = text.position();
    switch (text.peek()) {
      case '"' -> {
        text.take();
        return new Literal(characters.literal(start));
      }
      case '[' -> {
        text.take();
        return new Expression.Character(characters.characterClass(start));
      }
      case '.' -> {
        text.take();
        return new Expression.Character(CodePoints.ALL);
      }
      case '(' -> {
        text.take();
        text.skip(true);
        Expression group = alternatives(true);
        if (!text.takeIf(")")) {
          throw text.refused(start, "the group has no end");
        }
        return group;
      }
      case '<', '!' ->
          throw text.refused(start, "tokens are not supported: a grammar is of characters");
      case '*', '+', '?', '{' -> throw text.refused(start, "there is nothing to repeat");
      default -> {
        return reference(start);
      }
    }
  }

  /** A name before {@code ::=} begins the next rule. */
  private Expression reference(int start) {
    String name = text.name();
    if (name.isEmpty()) {
      return null;
    }
    int end = text.position();
    text.skip(false);
    if (text.takeIf("::=")) {
      throw text.refused(start, "a rule must begin on a line of its own");
    }
    text.backTo(end);
    used.putIfAbsent(name, start);
    return new Reference(name);
  }

  private Expression repeated(Expression symbol, int start, boolean nested) {
    Expression whole = symbol;
    boolean again = false;
    while (true) {
      int position = text.position();
      int least;
      int most = -1;
      switch (text.peek()) {
        case '*' -> least = 0;
        case '+' -> least = 1;
        case '?' -> {
          least = 0;
          most = 1;
        }
        case '{' -> {
          text.take();
          least = number();
          boolean from = text.takeIf(",");
          most = from ? (text.peek() == '}' ? -1 : number()) : least;
          if (least < 0 || text.peek() != '}' || least > MAX_COUNT || most > MAX_COUNT) {
            throw text.refused(
                position,
                "a count must be {m}, {m,} or {m,n} with numbers up to %,d".formatted(MAX_COUNT));
          }
          if (most >= 0 && most < least) {
            throw text.refused(position, "the most is below the least");
          }
        }
        default -> {
          return whole;
        }
      }
      text.take();
      if (again) {
        throw text.refused(position, "a repetition of a repetition needs a group in parentheses");
      }
      again = true;
      whole = new Repetition(whole, least, most < 0 ? OptionalInt.empty() : OptionalInt.of(most));
      text.skip(nested);
    }
  }

  private int number() {
    int value = -1;
    text.skip(false);
    while (text.peek() >= '0' && text.peek() <= '9') {
      value = Math.min(MAX_COUNT + 1, Math.max(0, value) * 10 + text.take() - '0');
    }
    text.skip(false);
    return value;
  }
}
