package io.flinkmistral.engine.batch;

/**
 * A pass that is over.
 *
 * @param nanos when, by {@link System#nanoTime}
 * @param sequences of all clients that took part
 * @param tokens of all clients that were taken in
 */
public record PassEnd(long nanos, int sequences, int tokens) {}
