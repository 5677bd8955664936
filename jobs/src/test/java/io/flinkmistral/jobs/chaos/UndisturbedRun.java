package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.json.AnswerWriter;
import io.flinkmistral.jobs.options.JobArguments;
import io.flinkmistral.jobs.recovery.Answer;
import io.flinkmistral.operator.MistralStreams;
import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import tools.jackson.databind.json.JsonMapper;

/**
 * What must come out: the operator alone, in this process, in one slot, without a broker,
 * checkpoints or failures.
 *
 * @param answers by request
 * @param pieces streamed, of all answers together
 */
record UndisturbedRun(Map<String, Answer> answers, int pieces) {
  /** Of one request: more than it may have tokens. */
  private static final int MOST_EVENTS = 640;

  private static final JsonMapper MAPPER = new JsonMapper();

  static UndisturbedRun of(List<ChaosRequest> requests) throws Exception {
    Configuration options =
        JobArguments.parse(Map.of(), "--batch.conversations=16", "--model.path=" + TinyModel.PATH);
    LocalStreamEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    Map<String, Answer> answers = new HashMap<>();
    int pieces = 0;
    List<CompletionEvent> events =
        MistralStreams.complete(
                env.fromData(
                    requests.stream().map(ChaosRequest::parsed).toList(), MistralTypes.REQUEST),
                options)
            .executeAndCollect(requests.size() * MOST_EVENTS);
    for (CompletionEvent event : events) {
      switch (event) {
        case Chunk _ -> pieces++;
        case CompletionEvent.Reported reported ->
            throw new IllegalStateException("nobody asked for " + reported);
        case Completed completed ->
            answers.put(
                completed.requestId(), Answer.of(MAPPER.readTree(AnswerWriter.write(completed))));
        case Rejected rejected ->
            throw new IllegalStateException("a request of the load was refused: " + rejected);
      }
    }
    if (answers.size() != requests.size()) {
      throw new IllegalStateException(
          "%d of %d requests were answered without any disturbance"
              .formatted(answers.size(), requests.size()));
    }
    return new UndisturbedRun(answers, pieces);
  }
}
