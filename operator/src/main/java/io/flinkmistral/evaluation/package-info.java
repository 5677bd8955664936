/**
 * Questions whose right answers are known, asked of a model and scored as lm-evaluation-harness
 * does. No Flink in here.
 *
 * <p>An example: which of two sentences is more likely to follow?
 *
 * <pre>{@code
 * try (QuestionRunner runner = new QuestionRunner(model, settings, 0)) {
 *   Question question =
 *       Question.Choice.of("q-1", "animals", "A dog", List.of("barks.", "meows."), 0);
 *   Outcome outcome = runner.ask(question).join();
 *   outcome.metrics(); // {acc=1.0, acc_norm=1.0}
 * }
 * }</pre>
 *
 * <p>What may surprise: texts are taken as they are, without any template of messages, behind the
 * token that texts begin with. Context and continuation are encoded together and cut at the length
 * of the encoded context, and spaces at the context's end belong to the continuation. {@link
 * io.flinkmistral.evaluation.statistics} makes figures out of many outcomes.
 */
package io.flinkmistral.evaluation;
