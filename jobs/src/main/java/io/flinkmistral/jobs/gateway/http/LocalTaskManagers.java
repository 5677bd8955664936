package io.flinkmistral.jobs.gateway.http;

import java.io.IOException;

/** The TaskManagers behind the topics, where they are processes of this machine. */
public interface LocalTaskManagers {
  /**
   * Kills the one that answers, as {@code kill -9} does. It is started again.
   *
   * @return which one it was, and its process
   */
  String killBusy() throws IOException, InterruptedException;
}
