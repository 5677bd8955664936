/**
 * How an operator works whose answers come long after its records, without ever holding up Flink.
 *
 * <p>A record is in state first. Answers come as {@link io.flinkmistral.mailbox.Mails} of the
 * task's thread; {@link io.flinkmistral.mailbox.Intake} stops the reading when too much waits, and
 * runs all of Flink's own mails meanwhile; {@link io.flinkmistral.mailbox.WatermarkGate} holds
 * watermarks behind what came before them; {@link io.flinkmistral.mailbox.coordination} tells of
 * checkpoints that have begun, and holds a job open whose input has ended. {@link
 * io.flinkmistral.mailbox.AnsweringOperator} is all of it:
 *
 * <pre>{@code
 * public void processElement1(StreamRecord<String> record) throws Exception {
 *   underWay.add(record, gate().arrive());
 *   intake().arrived(1);
 *   ask(record).thenAccept(answer -> mails().post("an answer", () -> emit(record, answer)));
 *   intake().awaitRoom(); // Last: mails run in here.
 * }
 * }</pre>
 *
 * <p>What may surprise: Flink's own {@code AsyncWaitOperator} of 2.3.0 holds up barriers while it
 * is full (FLINK-39835). That is why there is another one.
 */
package io.flinkmistral.mailbox;
