/**
 * Records without a key, enriched by what takes its time: Flink's side of it.
 *
 * <p>In three lines, with a model behind it (options are in the environment's configuration):
 *
 * <pre>{@code
 * MistralStreams.enrich(
 *         tickets, PromptTemplate.of("For whom? {{subject}}"), ClassificationTask.of("sales", "support"))
 *     .print();
 * }</pre>
 *
 * <p>{@link io.flinkmistral.enrichment.EnrichmentStreams} puts the operator into a stream, and
 * {@link io.flinkmistral.enrichment.Enricher} is what it asks; it knows nothing of models.
 *
 * <p>What may surprise: there is no time-out and no retry in here. What a record becomes is its
 * enricher's to say, errors included ({@link io.flinkmistral.enrichment.Enriched}); a future that
 * fails means that the engine has, and the task starts again from its last checkpoint.
 */
package io.flinkmistral.enrichment;
