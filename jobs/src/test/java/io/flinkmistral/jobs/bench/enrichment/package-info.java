/**
 * {@code mvn -q -Pbench-enrichment}: records through the job, through a server that a job calls,
 * and through the engine alone.
 */
package io.flinkmistral.jobs.bench.enrichment;
