/**
 * The models of a process: each is loaded once, by whoever asks first, and outlives the operators
 * that use it until the next attempt, or the next statement, has had its chance to find it.
 *
 * <p>An example: four slots of a TaskManager that name the same file and the same settings have one
 * engine; the first to come loads it, three wait for that. It goes when Flink releases the job's
 * class loader, or two minutes after the last {@code ModelLease} ended.
 */
package io.flinkmistral.operator.model;
