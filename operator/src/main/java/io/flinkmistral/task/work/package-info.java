/**
 * How each kind of task is done with a record: what the engine is asked, and the result.
 *
 * <pre>
 *   ClassificationTask.of("bug", "praise")   is done by ClassificationRun:
 *   prompt of the record  --&gt;  scores of "bug", "praise"  --&gt;  TaskResult: bug, 0.93
 * </pre>
 *
 * Tasks for which nothing is drawn ({@code AnswersRun}, {@code ScoringRun}, {@code EmbeddingRun})
 * take the prompt in and read probabilities or hidden states.
 */
package io.flinkmistral.task.work;
