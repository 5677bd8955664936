/**
 * Flink as processes of its own, and the job submitted to it as a user does. What is killed here is
 * really killed, and user code comes from the job's jar alone, through Flink's class loader.
 */
package io.flinkmistral.jobs.cluster;
