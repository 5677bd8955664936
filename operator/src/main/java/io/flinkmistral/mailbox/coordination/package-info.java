/**
 * What the operator's subtasks and the JobManager tell each other.
 *
 * <p>Two things cannot be known from the stream alone. That a checkpoint has begun, while its
 * barriers still stand behind requests for which there is no room; and that all subtasks have
 * answered all, so that the job may end:
 *
 * <pre>
 *   checkpoint 7 begins:   coordinator ── CheckpointBegins(7) ──▶ each subtask, which reads on until
 *                          barrier 7, whatever its limits
 *   requests have ended:   each subtask ── AllAnswered ──▶ coordinator ── RequestsAnswered ──▶
 *                          HoldOpenSource, which ends; until then barriers flow
 * </pre>
 */
package io.flinkmistral.mailbox.coordination;
