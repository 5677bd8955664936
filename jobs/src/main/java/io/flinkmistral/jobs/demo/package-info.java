/**
 * {@code mvn -q -Pdemo}: the whole system in one process, for a first look, with a chat or a file
 * of prompts in front of it; {@code mvn -q -Pserve}: the gateway, with Flink in processes behind
 * it. None of it is in the job's jar.
 */
package io.flinkmistral.jobs.demo;
