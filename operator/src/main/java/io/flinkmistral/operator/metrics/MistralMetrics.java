package io.flinkmistral.operator.metrics;

import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.engine.batch.PassEnd;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Usage;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * A slot's metrics, in the group {@code mistral}. Names and bounds are those of vLLM where it has
 * such a metric; times are in seconds. They count what this attempt of the task did, and so begin
 * at 0 after each restart.
 *
 * <p>Owned by the task's thread.
 */
public final class MistralMetrics {
  private static final double[] FIRST_TOKEN_SECONDS = {
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40,
    80, 160, 640, 2560
  };
  private static final double[] TOKEN_SECONDS = {
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80
  };
  private static final double[] REQUEST_SECONDS = {
    0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
  };
  private static final double[] REQUEST_TOKENS = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000
  };
  private static final double[] PASS_TOKENS = {
    1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384
  };
  private static final double[] PASS_SEQUENCES = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

  private final MetricGroup group;
  private final Counter prefixCacheQueries;
  private final Counter prefixCacheHits;
  private final Counter promptTokens;
  private final Counter computedTokens;
  private final Counter sharedTokens;
  private final Counter tokensOfState;
  private final Counter generationTokens;
  private final Counter repeated;
  private final Counter expired;
  private final Counter unknownCancels;
  private final Counter restored;
  private final Counter pageBytesWritten;
  private final Counter pageBytesRead;
  private final Map<FinishReason, Counter> successes = new EnumMap<>(FinishReason.class);
  private final Map<ErrorCode, Counter> failures = new EnumMap<>(ErrorCode.class);
  private final BucketHistogram timeToFirstToken;
  private final BucketHistogram interTokenLatency;
  private final BucketHistogram endToEnd;
  private final BucketHistogram queueTime;
  private final BucketHistogram prefillTime;
  private final BucketHistogram decodeTime;
  private final BucketHistogram requestPromptTokens;
  private final BucketHistogram requestGenerationTokens;
  private final BucketHistogram passTokens;
  private final BucketHistogram passSequences;
  private PassEnd lastPass;

  /**
   * @param operator the operator's own group
   */
  public MistralMetrics(MetricGroup operator) {
    group = operator.addGroup("mistral");
    prefixCacheQueries = group.counter("prefix_cache_queries");
    prefixCacheHits = group.counter("prefix_cache_hits");
    promptTokens = group.counter("prompt_tokens_total");
    computedTokens = promptTokensOf("local_compute");
    sharedTokens = promptTokensOf("local_cache_hit");
    tokensOfState = promptTokensOf("external_kv_transfer");
    generationTokens = group.counter("generation_tokens_total");
    repeated = group.counter("repeated_requests_total");
    expired = group.counter("expired_conversations_total");
    unknownCancels = group.counter("unknown_cancels_total");
    restored = group.counter("restored_turns_total");
    pageBytesWritten = group.counter("state_page_bytes_written_total");
    pageBytesRead = group.counter("state_page_bytes_read_total");
    for (FinishReason reason : FinishReason.values()) {
      MetricGroup ofReason = group.addGroup("finished_reason", reason.wireName());
      successes.put(reason, ofReason.counter("request_success_total"));
    }
    for (ErrorCode code : ErrorCode.values()) {
      failures.put(code, group.addGroup("code", code.wireName()).counter("request_failure_total"));
    }
    timeToFirstToken = histogram("time_to_first_token_seconds", FIRST_TOKEN_SECONDS);
    interTokenLatency = histogram("inter_token_latency_seconds", TOKEN_SECONDS);
    endToEnd = histogram("e2e_request_latency_seconds", REQUEST_SECONDS);
    queueTime = histogram("request_queue_time_seconds", REQUEST_SECONDS);
    prefillTime = histogram("request_prefill_time_seconds", REQUEST_SECONDS);
    decodeTime = histogram("request_decode_time_seconds", REQUEST_SECONDS);
    requestPromptTokens = histogram("request_prompt_tokens", REQUEST_TOKENS);
    requestGenerationTokens = histogram("request_generation_tokens", REQUEST_TOKENS);
    passTokens = histogram("iteration_tokens_total", PASS_TOKENS);
    passSequences = histogram("iteration_sequences", PASS_SEQUENCES);
  }

  private Counter promptTokensOf(String source) {
    return group.addGroup("source", source).counter("prompt_tokens_by_source_total");
  }

  private BucketHistogram histogram(String name, double[] bounds) {
    return new BucketHistogram(group, name, bounds);
  }

  /** Adds a value that is looked at from time to time. */
  public <N extends Number> void gauge(String name, Supplier<N> value) {
    group.gauge(name, (Gauge<N>) value::get);
  }

  /**
   * A turn has begun.
   *
   * @param tokens of the conversation before the answer
   * @param cached those of them whose keys and values are in state
   * @param resumed whether it had begun before a restart
   */
  public void turnBegan(int tokens, int cached, boolean resumed) {
    prefixCacheQueries.inc(tokens);
    prefixCacheHits.inc(cached);
    if (resumed) {
      restored.inc();
    }
  }

  /** Pages of keys and values were read from state. */
  public void pageRead(KvPage page) {
    pageBytesRead.inc(page.bytes().length);
  }

  /** A pass has come to its end, in which the slot had this part. */
  public void advanced(Progress.Advanced advanced) {
    if (advanced.pass() != lastPass) {
      lastPass = advanced.pass();
      if (lastPass.tokens() > 0) { // Else pages were taken over, and nothing computed.
        passTokens.observe(lastPass.tokens());
        passSequences.observe(lastPass.sequences());
      }
    }
    generationTokens.inc(advanced.drawn().size());
    pagesWritten(advanced.filled());
  }

  /** Pages of keys and values were written to state. */
  public void pagesWritten(List<KvPage> pages) {
    pages.forEach(page -> pageBytesWritten.inc(page.bytes().length));
  }

  /** A token came so long after the one before it, alone or with others that had to follow. */
  public void tokenCame(Duration sinceLast) {
    interTokenLatency.observe(seconds(sinceLast));
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }

  /**
   * A request is answered.
   *
   * @param shared tokens before the answer that others had computed
   */
  public void completed(FinishReason reason, Usage usage, int shared, RequestTimes times) {
    successes.get(reason).inc();
    promptTokens.inc(usage.promptTokens());
    tokensOfState.inc(usage.cachedTokens());
    sharedTokens.inc(shared);
    computedTokens.inc(usage.promptTokens() - usage.cachedTokens() - shared);
    timeToFirstToken.observe(seconds(times.timeToFirstToken()));
    endToEnd.observe(seconds(times.endToEnd()));
    queueTime.observe(seconds(times.queue()));
    prefillTime.observe(seconds(times.prefill()));
    decodeTime.observe(seconds(times.decode()));
    requestPromptTokens.observe(usage.promptTokens());
    requestGenerationTokens.observe(usage.completionTokens());
  }

  /** A request was ended before it was answered. */
  public void cut(FinishReason reason, Usage usage) {
    successes.get(reason).inc();
    promptTokens.inc(usage.promptTokens());
  }

  /** A request was to be cancelled that is not there, or has ended. */
  public void unknownCancel() {
    unknownCancels.inc();
  }

  public void rejected(ErrorCode code) {
    failures.get(code).inc();
  }

  /** A request came again. */
  public void repeated() {
    repeated.inc();
  }

  /** A conversation was forgotten, since nobody has used it for a while. */
  public void expired() {
    expired.inc();
  }
}
