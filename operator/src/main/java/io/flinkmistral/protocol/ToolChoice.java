package io.flinkmistral.protocol;

/** Whether an answer calls tools. */
public sealed interface ToolChoice {
  /** The model decides. */
  ToolChoice AUTO = new Auto();

  /** Whether there must be a call. */
  default boolean asksForCall() {
    return switch (this) {
      case Auto _, None _ -> false;
      case Required _, Function _ -> true;
    };
  }

  /** The model decides. */
  record Auto() implements ToolChoice {}

  /** It calls none. */
  record None() implements ToolChoice {}

  /** It calls at least one. */
  record Required() implements ToolChoice {}

  /** It calls this one. */
  record Function(String name) implements ToolChoice {}
}
