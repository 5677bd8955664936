package io.flinkmistral.enrichment;

import java.io.Serializable;

/**
 * What a subtask takes in before it stops reading, and the order in which it gives it out.
 *
 * @param records under way
 * @param bytes of them
 * @param ordered whether records come out in the order in which they came in; then one that takes
 *     long holds up those behind it
 */
public record Capacity(int records, long bytes, boolean ordered) implements Serializable {
  private static final long serialVersionUID = 1L;
}
