package io.flinkmistral.jobs.demo;

import java.io.IOException;

/** Tells whether there is still a job that can answer. */
interface JobWatch {
  /**
   * @throws IOException if the job has ended; the message says why
   */
  void checkRunning() throws IOException;
}
