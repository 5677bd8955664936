package io.flinkmistral.constraint.machine;

/**
 * Steps of work, which are bounded: what would take more is given up. Steps are counted, and not
 * time, so that the same is given up on any machine.
 */
final class Work {
  /** That more steps would be needed than are allowed. */
  static final class Exceeded extends Exception {
    private static final long serialVersionUID = 1;

    private Exceeded() {
      super(null, null, false, false); // It is no error, and many may come.
    }
  }

  private final int most;
  private int done;

  Work(int most) {
    this.most = most;
  }

  void spend(int steps) throws Exceeded {
    if (steps > most - done) {
      done = most;
      throw new Exceeded();
    }
    done += steps;
  }

  int done() {
    return done;
  }
}
