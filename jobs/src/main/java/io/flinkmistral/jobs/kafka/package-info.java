/**
 * What source and sinks share: the properties of Kafka's clients, and a look at brokers and topics
 * before the job starts. The ends of the job are in {@code source}, records to requests, and in
 * {@code sink}, events to records.
 */
package io.flinkmistral.jobs.kafka;
