package io.flinkmistral.jobs.chaos;

/** What may end a request of the load before it is answered, depending on when it comes. */
enum Ending {
  NONE,
  /** A record that comes some requests later. */
  CANCELLATION,
  /** Its own time. */
  TIMEOUT
}
