package io.flinkmistral.jobs.json;

/** What becomes of a request with fields that are unknown, or ask for what there is not. */
public enum UnknownFields {
  /** It is refused, by the field's name. */
  REFUSE,
  /** It is answered as if they were not there. */
  IGNORE
}
