/**
 * The Flink side: a slot's conversations, whose turns the engine decodes.
 *
 * <p>Of a conversation there is, in state, what {@link io.flinkmistral.operator.Conversation} reads
 * and writes: its header, queue, history and pages, and {@link
 * io.flinkmistral.operator.TurnInFlight}, the turn that has begun. In memory there is its place in
 * {@link io.flinkmistral.operator.RequestLine} while it waits, a {@link
 * io.flinkmistral.operator.TurnPlan} when its turn comes, and a {@link
 * io.flinkmistral.operator.LiveConversation} while it is decoded, by {@link
 * io.flinkmistral.operator.Turns}.
 *
 * <pre>{@code
 * Conversation conversation = state.of(new ConversationKey("c-4"));
 * int tokens = conversation.header().tokens();
 * }</pre>
 *
 * <p>What does not work on conversations has rooms beside it: {@link
 * io.flinkmistral.operator.options}, {@link io.flinkmistral.operator.model}, {@link
 * io.flinkmistral.operator.serialization}, {@link io.flinkmistral.operator.function}, {@link
 * io.flinkmistral.operator.metrics}, {@link io.flinkmistral.operator.moderation}. The rest is one
 * room on purpose: the records of state cannot move, as their serializers' names are in savepoints,
 * and all else works on them. What only the task's thread may touch would be public. To find one's
 * way in it:
 *
 * <ul>
 *   <li><b>state</b>: {@code ConversationState}, {@code Conversation}, and its records ({@code
 *       ConversationHeader}, {@code QueuedRequest}, {@code TurnInFlight}, {@code EndedTurns}, ...);
 *   <li><b>a record comes in</b>: {@code Controls}, {@code Arrivals}, {@code RequestIds}, {@code
 *       Forks};
 *   <li><b>its turn comes</b>: {@code RequestLine}, {@code Turns}, {@code Admission}, {@code
 *       CacheRoom}, {@code PromptJudging}, {@code TurnPlan}, {@code ContextFit}, {@code
 *       PageReturn};
 *   <li><b>it is answered</b>: {@code LiveConversation}, {@code LiveChoice}, {@code EventOutput};
 *   <li><b>it ends early, or is forgotten</b>: {@code Deadlines}, {@code Endings}, {@code
 *       LastPieces}, {@code Forgetting}, {@code Expiry};
 *   <li><b>decisions by time</b>: {@code CheckpointFence}, {@code ConfirmedHeads}, {@code
 *       TimeDecisions};
 *   <li><b>after a restore</b>: {@code Resumption}.
 * </ul>
 *
 * <p>What may surprise:
 *
 * <ul>
 *   <li><b>Nothing in memory is needed.</b> All of it, live generations and cached keys and values
 *       included, is made again from {@link io.flinkmistral.operator.ConversationState}, whose
 *       worked examples say how.
 *   <li><b>Keys have the hash code of the conversation's root</b>, so that a fork never leaves its
 *       key group ({@link io.flinkmistral.operator.ConversationKey}). The other ways were worse: to
 *       send the history to the fork's key needs a way back into this operator, and Flink has none
 *       that takes part in checkpoints; one key for all branches needs a second name in every state
 *       and event, and its branches could not be read, expire, or be counted by key.
 *   <li><b>A request waits only for requests that came in before it</b> ({@link
 *       io.flinkmistral.operator.RequestLine}, {@link io.flinkmistral.operator.Forks}): the wait
 *       for memory, for the turn before, for a fork's source. So there is no circle, and what is
 *       answered depends on the order of requests alone.
 *   <li><b>Memory is reserved, not grown into</b> ({@link io.flinkmistral.operator.CacheRoom}):
 *       what is being answered never waits, and what waits is never passed over.
 *   <li><b>Conversations expire by timers</b>, not by Flink's TTL of state ({@link
 *       io.flinkmistral.operator.Expiry}).
 *   <li><b>A slot that takes in no more waits in the middle of a record</b>, and runs all of
 *       Flink's mails there ({@link io.flinkmistral.mailbox.Intake}); the operator has a second
 *       input, without records, so that requests may end long before their answers ({@link
 *       io.flinkmistral.mailbox.coordination}).
 *   <li><b>A decision that depends on time is kept before it is acted on</b> ({@link
 *       io.flinkmistral.operator.CheckpointFence}, {@link
 *       io.flinkmistral.operator.UnconfirmedEnds}): so that a replay after a failure gives no other
 *       words than those that were streamed.
 *   <li><b>An answer can end before it is whole</b> ({@link io.flinkmistral.operator.Endings}):
 *       cancelled, or out of time. It ends in state first; what it says follows from the tokens
 *       that were taken in, wherever it was.
 *   <li><b>What is judged waits in the engine's batch, and nobody waits for it but its turn</b>
 *       ({@link io.flinkmistral.operator.moderation}): a prompt that may keep a turn from being
 *       answered before the turn begins, so that nothing of its conversation has changed; an answer
 *       with its last token. A turn that is ended before its answer is judged leaves neither text
 *       nor turn where the answer could have been kept back.
 *   <li><b>Usage says what state holds</b>, not what memory happened to hold: so that it is the
 *       same in every run, but where pages have gone by time ({@link
 *       io.flinkmistral.operator.Retention}).
 * </ul>
 */
package io.flinkmistral.operator;
