/**
 * Tasks on a model: where callers begin.
 *
 * <pre>{@code
 * BoundTask sentiment = tasks.bind(template, ClassificationTask.of("good", "bad"), limits);
 * sentiment.run(Map.of("review", "I love this lamp."));
 * }</pre>
 *
 * {@link io.flinkmistral.task.runner.BoundTask} refuses what does not fit the model before the
 * first record, and can say by {@code TaskDigest} whether an earlier result is still the result.
 */
package io.flinkmistral.task.runner;
