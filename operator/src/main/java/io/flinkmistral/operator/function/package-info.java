/**
 * Tasks of records as functions of Flink's own operators, and what holds a model for them.
 *
 * <p>An example: {@code MistralAsyncFunction.unordered(reviews, template, task, ...)} labels a
 * stream by Flink's asynchronous operator; {@code reviews.map(new MistralMapFunction<>(...))} does
 * it one record at a time. {@code TaskEnricher} does it for {@link io.flinkmistral.enrichment},
 * which keeps what is under way in state.
 */
package io.flinkmistral.operator.function;
