/**
 * Tasks for records: a prompt with the record's text, and what the model is to make of it. No Flink
 * in here.
 *
 * <p>An example: each review gets a label.
 *
 * <pre>{@code
 * try (TaskRunner tasks = new TaskRunner(model, settings)) {
 *   BoundTask sentiment =
 *       tasks.bind(
 *           PromptTemplate.of("Classify the sentiment: {{review}}"),
 *           ClassificationTask.of("positive", "negative"),
 *           TaskLimits.DEFAULT);
 *   TaskResult result = sentiment.run(Map.of("review", "I love this lamp.")).join();
 * }
 * }</pre>
 *
 * <p>The same record gives the same result, on every machine and in every order: what is drawn is
 * seeded by the prompt itself. A record's text is encoded as text. It never becomes scaffolding of
 * models whose template has pieces of its own (from v2 on); those of v1 have learnt scaffolding
 * that is text, and see {@code [/INST]} as such wherever it stands.
 */
package io.flinkmistral.task;
