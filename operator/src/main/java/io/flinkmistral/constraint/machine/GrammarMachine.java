package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.machine.program.GrammarLimits;
import io.flinkmistral.constraint.machine.program.Program;
import io.flinkmistral.constraint.machine.program.ProgramBuilder;
import io.flinkmistral.protocol.InvalidRequestException;

/**
 * Reads texts of a grammar byte by byte, as UTF-8: a pushdown automaton that follows all ways to
 * read a text at once. Sets of ways are states, each of which is made once and remembers what
 * follows it; so what has been read once is read again at the speed of a table. Immutable but for
 * that, and safe for use by many threads.
 *
 * <p>There are no dead ends: of each state that is not dead, some text leads to an end.
 */
public final class GrammarMachine {
  /** Bytes that {@link MachineState#general} answers for. */
  public static final int HORIZON = 256;

  private final Program program;
  private final String parameter;
  private volatile SeenStates seen;

  private GrammarMachine(Program program, String parameter) {
    this.program = program;
    this.parameter = parameter;
    this.seen = new SeenStates(this, program);
    if (seen.start().isTangled()) {
      throw tooManyWays();
    }
  }

  /**
   * Compiles a grammar.
   *
   * @param parameter the request's field that it is of, to be blamed
   * @throws InvalidRequestException if there is no text of the grammar, if a rule begins with
   *     itself, or if it is larger than is allowed; it says which rule, and what limit
   */
  public static GrammarMachine compile(Grammar grammar, String parameter) {
    return new GrammarMachine(ProgramBuilder.compile(grammar, parameter), parameter);
  }

  /** Before the first byte. */
  public MachineState start() {
    return seen().start();
  }

  /** Too much is remembered: all is found anew. What is in use stays right. */
  SeenStates seen() {
    SeenStates now = seen;
    if (now.bytes() > GrammarLimits.MEMORY) {
      synchronized (this) {
        if (seen == now) {
          seen = new SeenStates(this, program);
        }
        return seen;
      }
    }
    return now;
  }

  /** About how many bytes of memory it takes, with what it remembers. */
  public long bytes() {
    return program.bytes() + seen.bytes();
  }

  InvalidRequestException tooManyWays() {
    return new InvalidRequestException(
        parameter,
        parameter
            + " can be read in too many ways at once: say what it says with fewer alternatives and"
            + " repetitions that can begin alike");
  }

  int kindOf(int value) {
    return program.classes()[value];
  }

  int kinds() {
    return program.classCount();
  }
}
