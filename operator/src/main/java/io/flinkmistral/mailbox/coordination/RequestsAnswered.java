package io.flinkmistral.mailbox.coordination;

import org.apache.flink.api.connector.source.SourceEvent;

/** To the source that holds the job open: nothing is left to be answered. */
record RequestsAnswered() implements SourceEvent {
  private static final long serialVersionUID = 1L;
}
