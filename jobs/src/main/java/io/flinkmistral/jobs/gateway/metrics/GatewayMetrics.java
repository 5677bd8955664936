package io.flinkmistral.jobs.gateway.metrics;

import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;

/**
 * What the clients of this gateway see, under the names and with the bounds that vLLM's server has,
 * so that dashboards made for it work.
 */
public final class GatewayMetrics {
  private static final double NANOS = 1e9;

  private final String label;
  private final IntSupplier running;
  private final LongSupplier waiting;
  private final Histogram firstToken =
      new Histogram(
          0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5,
          10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0);
  private final Histogram betweenTokens =
      new Histogram(
          0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
          20.0, 40.0, 80.0);
  private final Histogram whole =
      new Histogram(
          0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0,
          240.0, 480.0, 960.0, 1920.0, 7680.0);
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder cachedTokens = new LongAdder();
  private final LongAdder generatedTokens = new LongAdder();
  private final Map<String, LongAdder> ended = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> failed = new ConcurrentSkipListMap<>();

  /**
   * @param model the name that answers carry
   * @param running how many calls wait for their answers
   * @param waiting how many requests wait for the job, whoever has sent them
   */
  public GatewayMetrics(String model, IntSupplier running, LongSupplier waiting) {
    this.label = "model_name=\"%s\"".formatted(model.replaceAll("[\\\\\"\n]", "_"));
    this.running = running;
    this.waiting = waiting;
  }

  /** Who measures an answer, and tells another one of it. */
  public AnswerListener measured(AnswerListener listener) {
    return new MeasuredAnswer(this, listener, System::nanoTime);
  }

  void firstTokenAfter(long nanos) {
    firstToken.add(nanos / NANOS);
  }

  void nextTokenAfter(long nanos) {
    betweenTokens.add(nanos / NANOS);
  }

  void ended(String reason) {
    ended.computeIfAbsent(reason, _ -> new LongAdder()).increment();
  }

  void overAfter(long nanos, JsonNode usage) {
    whole.add(nanos / NANOS);
    promptTokens.add(usage.path("prompt_tokens").asInt(0));
    cachedTokens.add(usage.at("/prompt_tokens_details/cached_tokens").asInt(0));
    generatedTokens.add(usage.path("completion_tokens").asInt(0));
  }

  /** A call that was refused or has failed. */
  public void failed(int status) {
    failed.computeIfAbsent(Integer.toString(status), _ -> new LongAdder()).increment();
  }

  /** All of them, in the text form of Prometheus. */
  public String text() {
    StringBuilder text = new StringBuilder();
    firstToken.write(text, "vllm:time_to_first_token_seconds", label);
    betweenTokens.write(text, "vllm:inter_token_latency_seconds", label);
    whole.write(text, "vllm:e2e_request_latency_seconds", label);
    number(text, "vllm:num_requests_running", "gauge", running.getAsInt());
    number(text, "vllm:num_requests_waiting", "gauge", waiting.getAsLong());
    number(text, "vllm:prompt_tokens_total", "counter", promptTokens.sum());
    number(text, "vllm:generation_tokens_total", "counter", generatedTokens.sum());
    number(text, "vllm:prefix_cache_queries_total", "counter", promptTokens.sum());
    number(text, "vllm:prefix_cache_hits_total", "counter", cachedTokens.sum());
    byLabel(text, "vllm:request_success_total", "finished_reason", ended);
    byLabel(text, "gateway:requests_failed_total", "status", failed);
    return text.toString();
  }

  private void number(StringBuilder text, String name, String type, long value) {
    text.append("# TYPE %s %s\n".formatted(name, type));
    text.append("%s{%s} %d\n".formatted(name, label, value));
  }

  private void byLabel(StringBuilder text, String name, String of, Map<String, LongAdder> values) {
    text.append("# TYPE %s counter\n".formatted(name));
    values.forEach(
        (value, count) ->
            text.append("%s{%s,%s=\"%s\"} %d\n".formatted(name, label, of, value, count.sum())));
  }
}
