/**
 * What of turns is judged, on the task's thread: the judging itself is done in the engine's batch,
 * and what comes of it is a mail.
 *
 * <p>An example: a turn that has begun has its answer judged.
 *
 * <pre>{@code
 * TurnJudging judging = TurnJudging.of(request, Optional.empty(), judge, this::look);
 * judging.answered(0, answer);                  // with its last token
 * if (judging.isJudged(0)) { ... }              // in look()
 * }</pre>
 *
 * <p>Nothing of it is in state but what the request asks for: a judgement depends on the model and
 * the texts, and after a restore it is made again, and is the same.
 */
package io.flinkmistral.operator.moderation;
