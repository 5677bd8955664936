package io.flinkmistral.mailbox.coordination;

import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/** To a subtask: the barriers of this checkpoint or savepoint are about to be sent. */
public record CheckpointBegins(long checkpointId) implements OperatorEvent {}
