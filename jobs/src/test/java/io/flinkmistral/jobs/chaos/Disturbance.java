package io.flinkmistral.jobs.chaos;

/**
 * One blow.
 *
 * @param victim what it hits
 * @param moment when it hits
 * @param progress how far the run is before that: the share of all pieces that have been streamed
 * @param delayMillis from the moment to the blow
 * @param downMillis from the blow to the victim's return
 */
record Disturbance(Victim victim, Moment moment, double progress, int delayMillis, int downMillis) {
  /** What can be hit, and how. */
  enum Victim {
    TASK_MANAGER,
    PAUSED_TASK_MANAGER,
    JOB_MANAGER,
    BROKER
  }

  boolean isKill() {
    return victim != Victim.PAUSED_TASK_MANAGER;
  }
}
