/**
 * Two runs over the same questions, side by side, and two models over the same text. Whatever the
 * runs differ in, files, options or prompts, their results are what is compared. Flink is needed
 * for its file systems alone.
 *
 * <p>An example:
 *
 * <pre>{@code
 * Comparison comparison = Comparison.of(ResultFiles.read("/data/f16"), ResultFiles.read("/data/q4"));
 * System.out.print(ComparisonText.of(comparison));
 * }</pre>
 */
package io.flinkmistral.jobs.evaluation.comparison;
