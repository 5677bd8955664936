package io.flinkmistral.jobs.kafka.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.Optional;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.types.Either;
import org.junit.jupiter.api.Test;

class RejectedSplitterTest {
  @Test
  @SuppressWarnings("try") // Nothing interrupts the test.
  void recordsThatAreNoRequestsGoToTheSide() throws Exception {
    try (OneInputStreamOperatorTestHarness<Either<CompletionEvent, ClientRecord>, ClientRecord>
        splitter =
            new OneInputStreamOperatorTestHarness<>(
                new ProcessOperator<>(new RejectedSplitter()))) {
      splitter.setup(MistralTypes.CLIENT_RECORD.createSerializer(new SerializerConfigImpl()));
      splitter.open();
      CompletionRequest request = CompletionRequest.ofUser("r", "c", "Hi");
      CompletionEvent rejected =
          new Rejected("x", "c", "", "invalid_request", "no", Optional.empty());
      splitter.processElement(Either.Right(request), 1);
      splitter.processElement(Either.Left(rejected), 2);
      assertThat(splitter.extractOutputValues()).containsExactly(request);
      assertThat(splitter.getSideOutput(RejectedSplitter.REJECTED))
          .extracting(record -> record.getValue())
          .containsExactly(rejected);
    }
  }
}
