package io.flinkmistral.constraint.tokens;

import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.machine.MachineState;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A grammar over the tokens of a vocabulary. What follows a state is found once, for all answers
 * that are held to the grammar. Safe for use by many threads.
 */
public final class TokenGrammar {
  /** What is remembered, about, in bytes. */
  private static final long MEMORY = 4L << 20;

  private record Place(MachineState state, boolean atStart) {}

  private final GrammarMachine machine;
  private final AnswerVocabulary vocabulary;
  private final ForcedText forcedText;
  private final Map<Place, TokenMask> masks = new ConcurrentHashMap<>();
  private final Map<Place, int[]> forced = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  public TokenGrammar(GrammarMachine machine, AnswerVocabulary vocabulary) {
    this.machine = machine;
    this.vocabulary = vocabulary;
    this.forcedText = new ForcedText(vocabulary);
  }

  /** The text of a new answer, which stands by itself. */
  public ConstrainedText newText() {
    return new ConstrainedText(this, vocabulary, machine.start(), true);
  }

  /** The text of a new answer, which goes on with another text. */
  public ConstrainedText newContinuation() {
    return new ConstrainedText(this, vocabulary, machine.start(), false);
  }

  /** The tokens that can come after a state. */
  TokenMask mask(MachineState state, boolean atStart) {
    boolean near = vocabulary.longest() <= GrammarMachine.HORIZON;
    Place place = new Place(near ? state.general() : state, atStart);
    TokenMask known = masks.get(place);
    if (known == null) {
      known = vocabulary.mask(place.state(), atStart);
      makeRoom(known.bytes());
      masks.put(place, known);
    }
    return known;
  }

  /** Tokens that must come after a state; none where that is not said. */
  int[] forced(MachineState state, boolean atStart) {
    if (state.onlyByte() < 0) {
      return new int[0];
    }
    Place place = new Place(state, atStart);
    int[] known = forced.get(place);
    if (known == null) {
      known = forcedText.after(state, atStart);
      makeRoom(64 + 4 * known.length);
      forced.put(place, known);
    }
    return known;
  }

  private void makeRoom(int more) {
    if (bytes.addAndGet(more + 64) > MEMORY) {
      masks.clear();
      forced.clear();
      bytes.set(more);
    }
  }
}
