/**
 * {@code mvn -q -Pcluster}: broker, ZooKeeper and Flink as processes, and the job submitted to them
 * as a user does. What ends is started again, and what becomes of the job is said. None of it is in
 * the job's jar.
 */
package io.flinkmistral.jobs.cluster;
