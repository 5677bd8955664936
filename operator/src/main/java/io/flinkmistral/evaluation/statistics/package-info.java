/**
 * Figures of many outcomes, and what their differences are worth.
 *
 * <p>An example: 52 of 100 questions are right, and the standard error is 5.02 of a hundred.
 *
 * <pre>{@code
 * Tally tally = Tally.NONE;
 * for (double right : metric) {
 *   tally = tally.plus(right);
 * }
 * tally.mean();          // 0.52
 * tally.standardError(); // 0.0502
 * }</pre>
 *
 * <p>All of it is the same on every machine: where numbers are drawn, a seed says which.
 */
package io.flinkmistral.evaluation.statistics;
