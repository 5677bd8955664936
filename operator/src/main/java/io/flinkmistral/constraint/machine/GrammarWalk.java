package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.machine.program.GrammarLimits;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.HashMap;
import java.util.Map;

/**
 * Tries what can follow a text, and counts the work: each step once, however many texts take it.
 * The count follows from the state alone, and not from what has been found out before, so that who
 * comes to a state that is too much work is told so each time. Belongs to one thread.
 */
public final class GrammarWalk {
  private final Map<MachineState, Stop> stops = new HashMap<>();
  private final Work work;
  private final MachineState state;
  private final Stop start;

  private GrammarWalk(MachineState state, int steps) {
    this.state = state;
    this.work = new Work(steps);
    if (state.isTangled() || state.isHeavy()) {
      throw state.tooManyWays();
    }
    this.start = new Stop(state);
    stops.put(state, start);
  }

  /**
   * To try all that can follow.
   *
   * @param state of the text
   * @throws InvalidRequestException if it can be read in too many ways
   */
  public static GrammarWalk over(MachineState state) {
    return new GrammarWalk(state, GrammarLimits.STEPS_OF_A_WALK);
  }

  /**
   * To try one text that can follow.
   *
   * @param state of the text before
   * @throws InvalidRequestException if it can be read in too many ways
   */
  public static GrammarWalk along(MachineState state) {
    return new GrammarWalk(state, GrammarLimits.STEPS_OF_A_LINE);
  }

  public Stop start() {
    return start;
  }

  /** Steps of work so far. */
  public int work() {
    return work.done();
  }

  /** A state that the walk has come to. */
  public final class Stop {
    private final MachineState here;
    private final Stop[] next;

    private Stop(MachineState here) {
      this.here = here;
      this.next = new Stop[here.kinds()];
    }

    public MachineState state() {
      return here;
    }

    public boolean isDead() {
      return here.isDead();
    }

    /**
     * After one more byte, from 0 to 255.
     *
     * @throws InvalidRequestException if to go on is too much work
     */
    public Stop after(int value) {
      int kind = here.kindOf(value);
      Stop known = next[kind];
      if (known == null) {
        known = go(kind);
        next[kind] = known;
      }
      return known;
    }

    private Stop go(int kind) {
      MachineState.Step step = here.step(kind);
      try {
        work.spend(step.work());
      } catch (Work.Exceeded e) {
        throw state.tooManyWays();
      }
      if (step.to().isTangled()) {
        throw state.tooManyWays();
      }
      return stops.computeIfAbsent(step.to(), Stop::new);
    }
  }
}
