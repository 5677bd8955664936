package io.flinkmistral.jobs.cluster.process;

import java.io.IOException;
import java.util.List;

/** A member of the cluster: a process that can be killed, and started again under its name. */
public final class ClusterProcess implements AutoCloseable {
  /** How the process is started. */
  interface Launch {
    /**
     * Flags, main class and arguments of a JVM.
     *
     * @param id of this start
     */
    List<String> arguments(String id);
  }

  /** The exit code of a process that a signal has ended is this and the signal's number. */
  private static final int SIGNALS = 128;

  private final ClusterFiles files;
  private final String name;
  private final String classpath;
  private final Launch launch;
  private int starts;
  private JvmProcess process;

  private ClusterProcess(ClusterFiles files, String name, String classpath, Launch launch) {
    this.files = files;
    this.name = name;
    this.classpath = classpath;
    this.launch = launch;
  }

  /** Starts a process. It may not be ready when this returns. */
  static ClusterProcess start(ClusterFiles files, String name, String classpath, Launch launch)
      throws IOException {
    ClusterProcess member = new ClusterProcess(files, name, classpath, launch);
    member.start();
    return member;
  }

  /** Starts it again after its end. */
  public void start() throws IOException {
    if (process != null) {
      if (process.isAlive()) {
        throw new IllegalStateException("%s is running as process %d".formatted(name, pid()));
      }
      // Its watchdog may still be there.
      process.close();
    }
    starts++;
    process = JvmProcess.start(files, files.log(name), classpath, launch.arguments(id()));
  }

  public String name() {
    return name;
  }

  /** Its name, and which start it was, but for the first. */
  public String id() {
    return starts == 1 ? name : name + "." + starts;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end, but not for long; whether it has ended. */
  public boolean awaitEnd(long milliseconds) throws InterruptedException {
    return process.awaitEnd(milliseconds);
  }

  /** Whether it has ended by a signal. */
  public boolean wasKilled() {
    return process.exitCode() > SIGNALS;
  }

  /** What it has printed, in all its lives. */
  public ProcessLog log() {
    return new ProcessLog(files.log(name));
  }

  /** As {@code kill -9} does; when this returns, the process is gone. */
  public void kill() {
    process.kill();
  }

  /** Stops it where it is ({@code SIGSTOP}); it does not know. */
  public void pause() throws IOException, InterruptedException {
    process.signal("STOP");
  }

  /** Lets it go on ({@code SIGCONT}). */
  public void resume() throws IOException, InterruptedException {
    process.signal("CONT");
  }

  @Override
  public void close() {
    kill();
  }
}
