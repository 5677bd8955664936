package io.flinkmistral.jobs.kafka;

/** Which topic of the exactly-once sink an event is written to. */
enum Destination {
  COMPLETIONS,
  DEAD_LETTERS
}
