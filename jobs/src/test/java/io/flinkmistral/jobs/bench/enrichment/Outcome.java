package io.flinkmistral.jobs.bench.enrichment;

/**
 * What came of a record.
 *
 * @param began when it was there, in nanoseconds
 * @param ended when its answer was
 * @param promptTokens of its prompt
 * @param reusedTokens of these, taken from a cache; -1 where nobody says
 * @param completionTokens that were drawn
 * @param text the answer; empty where there is none
 */
public record Outcome(
    long began,
    long ended,
    int promptTokens,
    int reusedTokens,
    int completionTokens,
    String text) {}
