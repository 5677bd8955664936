/**
 * Enrichment of records without a key, by what is computed elsewhere and takes its time.
 *
 * <p>{@link io.flinkmistral.enrichment.EnrichmentStreams} puts the operator into a stream, {@link
 * io.flinkmistral.enrichment.Enricher} is what it asks:
 *
 * <pre>{@code
 * EnrichmentStreams.enrich(
 *     tickets, "labels", context -> new Labeller(context), new Capacity(1000, 1 << 28, false), type);
 * }</pre>
 *
 * <p>With a model behind it, it is {@code MistralStreams.enrich}.
 *
 * <p>What may surprise: there is no time-out and no retry in here. What a record becomes is its
 * enricher's to say, errors included; a future that fails means that the engine has, and the task
 * starts again from its last checkpoint.
 */
package io.flinkmistral.enrichment;
