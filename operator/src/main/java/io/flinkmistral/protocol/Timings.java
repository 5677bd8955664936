package io.flinkmistral.protocol;

/**
 * How long an answer took, and why. The only part of an answer that differs from run to run.
 *
 * @param createdMillis when the answer was ready, in milliseconds since 1970
 * @param queuedMillis from the request's arrival to the start of its work
 * @param promptMillis from there to the first token
 * @param completionMillis from the first token to the last
 * @param sharedTokens tokens before the answer that another request had computed, or was computing,
 *     that began alike; none of those that state held
 */
public record Timings(
    long createdMillis,
    long queuedMillis,
    long promptMillis,
    long completionMillis,
    int sharedTokens) {

  /** Of an answer that took nothing over. */
  public Timings(long createdMillis, long queuedMillis, long promptMillis, long completionMillis) {
    this(createdMillis, queuedMillis, promptMillis, completionMillis, 0);
  }
}
