/**
 * The end of the job: events to records of the topics that have them.
 *
 * <p>Completions, error answers and dead letters leave in one transaction per checkpoint, so that a
 * record is answered or set aside exactly once. One refused record would spoil a transaction, so
 * nothing is handed to a producer that its topic does not take. Streamed tokens do not wait for the
 * transaction; see the README for what a reader does about repeated ones.
 */
package io.flinkmistral.jobs.kafka.sink;
