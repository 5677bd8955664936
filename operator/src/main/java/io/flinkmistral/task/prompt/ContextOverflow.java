package io.flinkmistral.task.prompt;

/**
 * What becomes of a record whose text is longer than the context. What is cut is the record's own
 * text, never the template: of the longest column as much as is too much, and of the next longest
 * where that is not enough.
 */
public enum ContextOverflow {
  /** It is refused. */
  ERROR,
  /** The text's end is left out. */
  TRUNCATED_TAIL,
  /** The text's beginning is left out. */
  TRUNCATED_HEAD
}
