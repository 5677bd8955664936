/**
 * Broker, ZooKeeper and Flink as processes of their own, and the job submitted to them as a user
 * does: {@code mvn -q -Pcluster}, and the tests in which something is really killed. User code
 * comes from the job's jar alone, through Flink's class loader; nothing here is in that jar.
 */
package io.flinkmistral.jobs.cluster;
