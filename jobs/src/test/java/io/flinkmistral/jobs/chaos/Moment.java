package io.flinkmistral.jobs.chaos;

/** What the job is doing when it is disturbed, as far as can be seen from outside. */
enum Moment {
  /** An answer has just ended, and its place in the batch is taken by the next prompt. */
  PREFILL,
  /** A piece of an answer has just been streamed, and it is not the last one. */
  DECODE,
  /** The JobManager has just triggered a checkpoint. */
  SNAPSHOT,
  /** A checkpoint has just completed, and its transactions are being committed. */
  COMMIT,
  /** Another process has just been disturbed. */
  RECOVERY
}
