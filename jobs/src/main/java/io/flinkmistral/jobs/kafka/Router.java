package io.flinkmistral.jobs.kafka;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.util.Collector;

/**
 * What becomes of an event: a completion is an answer; a rejection is an answer if it is known
 * whose, and a dead letter if there is a record to set aside. Tokens go another way.
 */
final class Router
    implements FlatMapFunction<CompletionEvent, Tuple2<Destination, CompletionEvent>> {
  private static final long serialVersionUID = 1L;

  @Override
  public void flatMap(CompletionEvent event, Collector<Tuple2<Destination, CompletionEvent>> out) {
    switch (event) {
      case Chunk _ -> {}
      case Completed _ -> out.collect(Tuple2.of(Destination.COMPLETIONS, event));
      case Rejected rejected -> {
        if (!rejected.requestId().isEmpty()) {
          out.collect(Tuple2.of(Destination.COMPLETIONS, event));
        }
        if (rejected.origin().isPresent()) {
          out.collect(Tuple2.of(Destination.DEAD_LETTERS, event));
        }
      }
    }
  }
}
