/**
 * The beginning of the job: a record is a request, or an event that says why it is none. Nothing
 * that a record holds stops the job. Records in partitions that are not their keys' are noticed
 * here.
 */
package io.flinkmistral.jobs.kafka.source;
