/**
 * The whole system in one process, for a first look and for tests: a real broker, a Flink cluster,
 * the chat job, a small model, and a chat or a file of prompts in front of it. None of it is in the
 * job's jar.
 */
package io.flinkmistral.jobs.demo;
