package io.flinkmistral.protocol;

/**
 * How an answer may call tools.
 *
 * @param choice whether it does
 * @param parallel whether several times
 */
public record ToolUse(ToolChoice choice, boolean parallel) {
  /** The model decides, and may call several. */
  public static final ToolUse DEFAULT = new ToolUse(ToolChoice.AUTO, true);
}
