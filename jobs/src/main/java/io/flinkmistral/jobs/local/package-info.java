/**
 * Broker and Flink on this machine, in this process, for the demo, the local cluster and tests:
 * free ports of the loopback interface, a folder that goes with the process, and what becomes of
 * both when it is told to end. None of it is in the job's jar.
 *
 * <pre>{@code
 * try (LocalBroker broker = LocalBroker.start(one);
 *     LocalFlink flink = LocalFlink.start(another, 1)) {
 *   broker.createTopics(options);
 *   StreamExecutionEnvironment env = flink.environment();
 *   ChatPipeline.add(env, options);
 *   flink.submit(env, "chat");
 * }
 * }</pre>
 */
package io.flinkmistral.jobs.local;
