package io.flinkmistral.table.row;

import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Optional;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Rows of prompts as requests; those that ask for what there cannot be go to a side output. */
public final class PromptReader extends ProcessFunction<Row, CompletionRequest> {
  private static final long serialVersionUID = 1L;

  public static final OutputTag<CompletionEvent> REFUSED =
      new OutputTag<>("refused prompts", MistralTypes.EVENT);

  private final PromptColumns columns;

  public PromptReader(PromptColumns columns) {
    this.columns = columns;
  }

  @Override
  public void processElement(Row row, Context context, Collector<CompletionRequest> out) {
    CompletionRequest request;
    try {
      request = columns.request(row);
    } catch (InvalidRequestException e) {
      context.output(
          REFUSED,
          new CompletionEvent.Rejected(
              columns.text(row, PromptColumns.Name.REQUEST_ID),
              columns.text(row, PromptColumns.Name.CONVERSATION_ID),
              e.parameter(),
              e.code().wireName(),
              e.getMessage(),
              Optional.empty()));
      return;
    }
    out.collect(request);
  }
}
