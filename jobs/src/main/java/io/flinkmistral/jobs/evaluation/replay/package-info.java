/**
 * Dialogues of a chat job as questions: each turn that has ended is one. What may surprise: a
 * savepoint is read by a small job in the process that submits, with the state backend that its
 * files are of, whatever the cluster has.
 */
package io.flinkmistral.jobs.evaluation.replay;
