package io.flinkmistral.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.apache.flink.types.Either;
import org.junit.jupiter.api.Test;

/** Where records and events go. */
class RouterTest {
  private static final SourceRecord RECORD =
      new SourceRecord("prompts", 0, 7, null, new byte[1], List.of());

  private static List<Tuple2<Destination, CompletionEvent>> routes(CompletionEvent event) {
    List<Tuple2<Destination, CompletionEvent>> routes = new ArrayList<>();
    new Router().flatMap(event, new ListCollector<>(routes));
    return routes;
  }

  private static Rejected rejected(String requestId, Optional<SourceRecord> origin) {
    return new Rejected(requestId, "c", "", "invalid_request", "no", origin);
  }

  @Test
  void anAnswerGoesToCompletions() {
    CompletionEvent answer =
        new Completed(
            "r",
            "c",
            "m",
            "fp",
            "Hi",
            List.of(),
            FinishReason.STOP,
            new Usage(1, 0, 1),
            new Timings(0, 0, 0, 0),
            Optional.of(RECORD));
    assertThat(routes(answer)).containsExactly(Tuple2.of(Destination.COMPLETIONS, answer));
  }

  @Test
  void tokensGoAnotherWay() {
    assertThat(routes(new Chunk("r", "c", 1, "Hi", Optional.empty()))).isEmpty();
  }

  @Test
  void aRefusalGoesToWhoAskedAndItsRecordToDeadLetters() {
    CompletionEvent both = rejected("r", Optional.of(RECORD));
    assertThat(routes(both))
        .containsExactly(
            Tuple2.of(Destination.COMPLETIONS, both), Tuple2.of(Destination.DEAD_LETTERS, both));
    CompletionEvent nobodys = rejected("", Optional.of(RECORD));
    assertThat(routes(nobodys)).containsExactly(Tuple2.of(Destination.DEAD_LETTERS, nobodys));
    CompletionEvent withoutRecord = rejected("r", Optional.empty());
    assertThat(routes(withoutRecord))
        .containsExactly(Tuple2.of(Destination.COMPLETIONS, withoutRecord));
    assertThat(routes(rejected("", Optional.empty()))).isEmpty();
  }

  @Test
  @SuppressWarnings("try") // Nothing interrupts the test.
  void recordsThatAreNoRequestsGoToTheSide() throws Exception {
    try (OneInputStreamOperatorTestHarness<
            Either<CompletionEvent, CompletionRequest>, CompletionRequest>
        splitter = ProcessFunctionTestHarnesses.forProcessFunction(new RejectedSplitter())) {
      CompletionRequest request = CompletionRequest.ofUser("r", "c", "Hi");
      CompletionEvent rejected = rejected("x", Optional.of(RECORD));
      splitter.processElement(Either.Right(request), 1);
      splitter.processElement(Either.Left(rejected), 2);
      assertThat(splitter.extractOutputValues()).containsExactly(request);
      assertThat(splitter.getSideOutput(RejectedSplitter.REJECTED))
          .extracting(record -> record.getValue())
          .containsExactly(rejected);
    }
  }
}
