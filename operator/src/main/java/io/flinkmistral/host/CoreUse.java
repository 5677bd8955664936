package io.flinkmistral.host;

/** What the time is worth that threads spend on their processors while they wait. */
public enum CoreUse {
  /** Nobody else wants it. */
  ALONE,
  /** Others wait for these processors: they should have it. */
  SHARED,
  /** It counts: a quota leaves the process less than its threads could use. */
  METERED
}
