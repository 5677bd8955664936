package io.flinkmistral.jobs.gateway.metrics;

import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ForwardingListener;
import io.flinkmistral.jobs.gateway.openai.Piece;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;

/** An answer's times, from when it was asked for. */
final class MeasuredAnswer extends ForwardingListener {
  private final GatewayMetrics metrics;
  private final LongSupplier clock;
  private final long begun;
  private long last;
  private boolean first = true;

  /**
   * @param clock nanoseconds
   */
  MeasuredAnswer(GatewayMetrics metrics, AnswerListener listener, LongSupplier clock) {
    super(listener);
    this.metrics = metrics;
    this.clock = clock;
    this.begun = clock.getAsLong();
    this.last = begun;
  }

  @Override
  public void piece(Piece piece) {
    long now = clock.getAsLong();
    if (first) {
      metrics.firstTokenAfter(now - begun);
    } else {
      metrics.nextTokenAfter(now - last);
    }
    first = false;
    last = now;
    piece.end().ifPresent(end -> metrics.ended(end.finishReason()));
    super.piece(piece);
  }

  @Override
  public void over(JsonNode usage, JsonNode promptLogprobs) {
    metrics.overAfter(clock.getAsLong() - begun, usage);
    super.over(usage, promptLogprobs);
  }

  @Override
  public void failed(ApiException error) {
    metrics.failed(error.status());
    super.failed(error);
  }
}
