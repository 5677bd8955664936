/**
 * The ends of the job: records to requests, and events to records of three topics.
 *
 * <p>Completions, error answers and dead letters leave in one transaction per checkpoint, so that a
 * record is answered or set aside exactly once. Streamed tokens do not wait for that; see the
 * README for what a reader does about repeated ones.
 */
package io.flinkmistral.jobs.kafka;
