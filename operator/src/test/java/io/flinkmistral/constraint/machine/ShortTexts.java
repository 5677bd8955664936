package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Grammar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** All texts of a grammar up to a length, by what its expressions say, over and over again. */
public final class ShortTexts {
  private final Grammar grammar;
  private final List<String> alphabet;
  private final int most;
  private Map<String, Set<String>> found = new HashMap<>();

  private ShortTexts(Grammar grammar, List<String> alphabet, int most) {
    this.grammar = grammar;
    this.alphabet = alphabet;
    this.most = most;
  }

  /**
   * @param most characters
   */
  public static Set<String> of(Grammar grammar, List<String> alphabet, int most) {
    return new ShortTexts(grammar, alphabet, most).search();
  }

  private Set<String> search() {
    while (true) {
      Map<String, Set<String>> next = new HashMap<>();
      grammar.rules().forEach((name, expression) -> next.put(name, texts(expression)));
      if (next.equals(found)) {
        return found.get(grammar.root());
      }
      found = next;
    }
  }

  private Set<String> texts(Expression expression) {
    Set<String> texts = new TreeSet<>();
    switch (expression) {
      case Expression.Literal(String text) -> addIfShort(text, texts);
      case Expression.Character(CodePoints oneOf) ->
          alphabet.stream().filter(one -> oneOf.contains(one.codePointAt(0))).forEach(texts::add);
      case Expression.Reference(String rule) -> texts.addAll(found.getOrDefault(rule, Set.of()));
      case Expression.Choice(List<Expression> options) ->
          options.forEach(option -> texts.addAll(texts(option)));
      case Expression.Sequence(List<Expression> parts) -> {
        texts.add("");
        for (Expression part : parts) {
          Set<String> more = joined(texts, texts(part));
          texts.clear();
          texts.addAll(more);
        }
      }
      case Expression.Repetition repetition -> texts.addAll(repeated(repetition));
    }
    return texts;
  }

  private Set<String> repeated(Expression.Repetition repetition) {
    Set<String> once = texts(repetition.what());
    Set<String> all = new TreeSet<>();
    Set<String> times = Set.of("");
    // Longer ones have no new short texts, but where the least is more than that.
    for (int i = 0; i <= Math.min(repetition.most().orElse(most + 3), most + 3); i++) {
      if (i >= repetition.least()) {
        all.addAll(times);
      }
      times = joined(times, once);
    }
    return all;
  }

  private Set<String> joined(Set<String> first, Set<String> second) {
    Set<String> joined = new TreeSet<>();
    first.forEach(a -> second.forEach(b -> addIfShort(a + b, joined)));
    return joined;
  }

  private void addIfShort(String text, Set<String> to) {
    if (text.length() <= most) {
      to.add(text);
    }
  }
}
