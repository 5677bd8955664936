package io.flinkmistral.jobs.local;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What becomes of a process that is told to end, by Ctrl-C or else: it does what was left to do,
 * and is gone without a word. Nothing is stopped in order, since Flink's actors have a shutdown
 * hook of their own, and to stop the cluster beside it waits for ever; broker and cluster end with
 * the process. To be made before anything else: what is only starting when the end comes would
 * complain of it.
 */
public final class Interruption implements AutoCloseable {
  /** What shells say of a program that was interrupted. */
  private static final int INTERRUPTED = 130;

  private final Deque<Runnable> toDo = new ArrayDeque<>();
  private final Thread hook = Thread.ofPlatform().unstarted(this::end);

  private Interruption() {}

  public static Interruption handled() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  /** The same for a program that Maven runs: where Maven is killed, this process goes with it. */
  public static Interruption ofProgram() {
    Interruption interruption = handled();
    ProcessHandle.current().parent().ifPresent(p -> p.onExit().thenRun(() -> System.exit(1)));
    return interruption;
  }

  /** Adds what is to be done before all that was added so far. */
  public void first(Runnable action) {
    synchronized (toDo) {
      toDo.addFirst(action);
    }
  }

  private void end() {
    System.setErr(new PrintStream(OutputStream.nullOutputStream()));
    synchronized (toDo) {
      toDo.forEach(Interruption::run);
    }
    Runtime.getRuntime().halt(INTERRUPTED);
  }

  /** What fails at the end must not keep the rest from being done. */
  private static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      // Nobody is left to be told.
    }
  }

  /** The process may end by itself from now on. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is being ended: the hook runs, and this thread has nothing more to say.
      awaitEnd();
    }
  }

  private static void awaitEnd() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
