/**
 * Broker, ZooKeeper and Flink as processes of their own, each of which can be killed, paused and
 * started again; also for the tests in which something is really killed. User code comes from the
 * job's jar alone, through Flink's class loader.
 *
 * <pre>{@code
 * try (ProcessCluster cluster = ProcessCluster.start(folder, new Configuration())) {
 *   ClusterProcess first = cluster.startTaskManager("taskmanager-1", 2);
 *   cluster.awaitFreeSlots(2);
 *   String job = cluster.submit(jar, 2, arguments);
 *   first.kill();
 * }
 * }</pre>
 */
package io.flinkmistral.jobs.cluster.process;
