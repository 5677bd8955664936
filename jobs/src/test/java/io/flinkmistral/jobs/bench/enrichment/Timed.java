package io.flinkmistral.jobs.bench.enrichment;

/**
 * A record, or a request for it, in a job.
 *
 * @param began when it was there, in nanoseconds
 */
public record Timed(String text, long began) {
  public static Timed now(String text) {
    return new Timed(text, System.nanoTime());
  }
}
