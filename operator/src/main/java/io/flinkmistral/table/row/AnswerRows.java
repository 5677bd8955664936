package io.flinkmistral.table.row;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.Usage;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/** Answers and refusals as rows; whichever it is, there is one of each prompt. */
public final class AnswerRows implements FlatMapFunction<CompletionEvent, Row> {
  private static final long serialVersionUID = 1L;

  public static final TypeInformation<Row> TYPE =
      Types.ROW_NAMED(
          new String[] {
            "conversation_id",
            "request_id",
            "answer",
            "finish_reason",
            "prompt_tokens",
            "cached_tokens",
            "completion_tokens",
            "error_string"
          },
          Types.STRING,
          Types.STRING,
          Types.STRING,
          Types.STRING,
          Types.INT,
          Types.INT,
          Types.INT,
          Types.STRING);

  @Override
  public void flatMap(CompletionEvent event, Collector<Row> out) {
    switch (event) {
      case CompletionEvent.Completed done -> {
        Usage usage = done.usage();
        out.collect(
            Row.of(
                done.conversationId(),
                done.requestId(),
                done.text(),
                done.finishReason().wireName(),
                usage.promptTokens(),
                usage.cachedTokens(),
                usage.completionTokens(),
                null));
      }
      case CompletionEvent.Rejected refused ->
          out.collect(
              Row.of(
                  refused.conversationId(),
                  refused.requestId(),
                  null,
                  null,
                  null,
                  null,
                  null,
                  "%s: %s".formatted(refused.code(), refused.message())));
      case CompletionEvent.Chunk _, CompletionEvent.Reported _ -> {} // Nobody has asked for these.
    }
  }
}
