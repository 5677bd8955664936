package io.flinkmistral.constraint.tokens;

import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.machine.MachineState;
import io.flinkmistral.protocol.InvalidRequestException;
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

  /** Of an entry of a map, about, in bytes. */
  private static final int ENTRY = 64;

  private record Place(MachineState state, boolean atStart) {}

  /**
   * What is known of states that the machine remembers: where it forgets them, they are not kept
   * here.
   *
   * @param start the machine's, while it remembers them
   */
  private record Known(
      MachineState start, Map<Place, TokenMask> masks, Map<Place, int[]> forced, AtomicLong bytes) {
    static Known of(MachineState start) {
      return new Known(
          start, new ConcurrentHashMap<>(), new ConcurrentHashMap<>(), new AtomicLong());
    }

    void makeRoom(int more) {
      if (bytes.addAndGet(more + ENTRY) > MEMORY) {
        masks.clear();
        forced.clear();
        bytes.set(more);
      }
    }
  }

  private final GrammarMachine machine;
  private final AnswerVocabulary vocabulary;
  private final ForcedText forcedText;
  private volatile Known known;

  public TokenGrammar(GrammarMachine machine, AnswerVocabulary vocabulary) {
    this.machine = machine;
    this.vocabulary = vocabulary;
    this.forcedText = new ForcedText(vocabulary);
    this.known = Known.of(machine.start());
  }

  /** The text of a new answer, which stands by itself. */
  public ConstrainedText newText() {
    return new ConstrainedText(this, vocabulary, machine.start(), true);
  }

  /** The text of a new answer, which goes on with another text. */
  public ConstrainedText newContinuation() {
    return new ConstrainedText(this, vocabulary, machine.start(), false);
  }

  /** About how many bytes of memory it takes, with what is remembered. */
  public long bytes() {
    return machine.bytes() + known.bytes().get();
  }

  /** How many masks are remembered. */
  int masks() {
    return known.masks().size();
  }

  private Known known() {
    MachineState start = machine.start();
    Known now = known;
    if (now.start() != start) {
      now = Known.of(start);
      known = now;
    }
    return now;
  }

  /**
   * The tokens that can come after a state.
   *
   * @throws InvalidRequestException if the grammar can be read in too many ways
   */
  TokenMask mask(MachineState state, boolean atStart) {
    Known now = known();
    boolean near = vocabulary.longest() <= GrammarMachine.HORIZON;
    MachineState current = state.current();
    Place place = new Place(near ? current.general() : current, atStart);
    TokenMask mask = now.masks().get(place);
    if (mask == null) {
      mask = vocabulary.mask(place.state(), atStart);
      now.makeRoom(mask.bytes());
      now.masks().put(place, mask);
    }
    return mask;
  }

  /** Tokens that must come after a state; none where that is not said. */
  int[] forced(MachineState state, boolean atStart) {
    if (state.onlyByte() < 0) {
      return new int[0];
    }
    Known now = known();
    Place place = new Place(state.current(), atStart);
    int[] tokens = now.forced().get(place);
    if (tokens == null) {
      tokens = forcedText.after(place.state(), atStart);
      now.makeRoom(ENTRY + 4 * tokens.length);
      now.forced().put(place, tokens);
    }
    return tokens;
  }
}
