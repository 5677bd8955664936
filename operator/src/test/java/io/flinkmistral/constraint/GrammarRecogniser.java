package io.flinkmistral.constraint;

import io.flinkmistral.constraint.Expression.Character;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Says whether a text is of a grammar, slowly and plainly: by all places where a part can end. */
public final class GrammarRecogniser {
  private final Grammar grammar;
  private final int[] text;
  private final Map<Place, BitSet> known = new HashMap<>();

  private record Place(String rule, int from) {}

  private GrammarRecogniser(Grammar grammar, String text) {
    this.grammar = grammar;
    this.text = text.codePoints().toArray();
  }

  public static boolean accepts(Grammar grammar, String text) {
    GrammarRecogniser recogniser = new GrammarRecogniser(grammar, text);
    return recogniser.ends(new Reference(grammar.root()), 0).get(recogniser.text.length);
  }

  private BitSet ends(Expression expression, int from) {
    return switch (expression) {
      case Literal literal -> literal(literal.text().codePoints().toArray(), from);
      case Character character ->
          from < text.length && character.oneOf().contains(text[from])
              ? one(from + 1)
              : new BitSet();
      case Reference reference -> rule(reference.rule(), from);
      case Sequence sequence -> {
        BitSet at = one(from);
        for (Expression part : sequence.parts()) {
          at = after(at, part);
        }
        yield at;
      }
      case Choice choice -> {
        BitSet all = new BitSet();
        choice.options().forEach(option -> all.or(ends(option, from)));
        yield all;
      }
      case Repetition repetition -> repeated(repetition, from);
    };
  }

  private BitSet literal(int[] literal, int from) {
    for (int i = 0; i < literal.length; i++) {
      if (from + i >= text.length || text[from + i] != literal[i]) {
        return new BitSet();
      }
    }
    return one(from + literal.length);
  }

  private BitSet rule(String rule, int from) {
    Place key = new Place(rule, from);
    if (!known.containsKey(key)) {
      BitSet ends = ends(grammar.rules().get(rule), from);
      known.put(key, ends);
    }
    return known.get(key);
  }

  private BitSet repeated(Repetition repetition, int from) {
    BitSet at = one(from);
    for (int i = 0; i < repetition.least(); i++) {
      at = after(at, repetition.what());
    }
    BitSet all = (BitSet) at.clone();
    int more = repetition.most().orElse(Integer.MAX_VALUE) - repetition.least();
    for (int i = 0; i < more && !at.isEmpty(); i++) {
      at = after(at, repetition.what());
      at.andNot(all);
      all.or(at);
    }
    return all;
  }

  private BitSet after(BitSet at, Expression part) {
    BitSet next = new BitSet();
    at.stream().forEach(position -> next.or(ends(part, position)));
    return next;
  }

  private static BitSet one(int position) {
    BitSet set = new BitSet();
    set.set(position);
    return set;
  }
}
