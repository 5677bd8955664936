package io.flinkmistral.mailbox.coordination;

import org.apache.flink.runtime.operators.coordination.OperatorEvent;

/** From a subtask: its requests have ended, and all are answered. */
public record AllAnswered() implements OperatorEvent {}
