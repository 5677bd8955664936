/**
 * The enrichment job: records from a topic or files, through a template and a task, to a topic or
 * files. {@link io.flinkmistral.jobs.enrichment.EnrichmentJob} is what {@code flink run} starts,
 * {@link io.flinkmistral.jobs.enrichment.EnrichmentPipeline} the job itself:
 *
 * <pre>{@code
 * Configuration options = JobArguments.parse(EnrichmentJobOptions.CHECKED, Map.of(), arguments);
 * EnrichmentPipeline.add(env, options);
 * env.execute("labels");
 * }</pre>
 *
 * <p>A record goes through as the bytes that it came as. Its columns are read by the operator, so
 * that a record that cannot be read has an error like any other ({@link
 * io.flinkmistral.jobs.enrichment.InputFormat}), and its dead letter has its bytes.
 */
package io.flinkmistral.jobs.enrichment;
