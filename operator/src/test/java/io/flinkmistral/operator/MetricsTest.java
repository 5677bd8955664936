package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Flink's Prometheus reporter shows of a slot, beside what the slot's answers say. */
@Timeout(120)
class MetricsTest {
  private static final int ANSWERS = 6;

  /** A sample: its name, its labels, its value. */
  private static final Pattern SAMPLE = Pattern.compile("(\\w+)\\{(.*),\\} (\\S+)");

  /** As the package's documentation and that of the jobs have it. */
  private static final Pattern RELABELED =
      Pattern.compile(
          "flink_taskmanager_job_task_operator_mistral_(?:le_|finished_reason_|code_|source_)?(.+)");

  @TempDir private static Path folder;

  private static MiniCluster cluster;
  private static Map<String, Double> samples;

  @BeforeAll
  static void run() throws Exception {
    int port = freePort();
    Configuration flink =
        new Configuration()
            .set(CoreOptions.TMP_DIRS, folder.toString())
            .set(RestOptions.BIND_PORT, "0");
    flink.setString(
        "metrics.reporter.prom.factory.class", PrometheusReporterFactory.class.getName());
    flink.setString("metrics.reporter.prom.port", Integer.toString(port));
    flink.setString("metrics.reporter.prom.filterLabelValueCharacters", "false");
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(1)
                .build());
    cluster.start();
    Collected.begin();
    JobGraph job = job();
    cluster.submitJob(job).get(60, TimeUnit.SECONDS);
    CompletableFuture<JobResult> result = cluster.requestJobResult(job.getJobID());
    samples = Map.of();
    try {
      CommonTestUtils.waitUtil(
          () -> {
            assertThat(result).as("the job, which has an input left").isNotDone();
            Map<String, Double> before = samples;
            samples = samples(port);
            return hasAllAnswers(samples) && samples.equals(before);
          },
          Duration.ofSeconds(60),
          Duration.ofMillis(20),
          "all answers");
    } catch (TimeoutException e) {
      JobStatus status = cluster.getJobStatus(job.getJobID()).get(60, TimeUnit.SECONDS);
      throw new AssertionError(
          "job is %s; %d events; page: %s".formatted(status, Collected.EVENTS.size(), samples), e);
    }
    Collected.seen.countDown();
    result.get(60, TimeUnit.SECONDS).toJobExecutionResult(MetricsTest.class.getClassLoader());
  }

  /**
   * Whether a page shows all answers. It is written while the job goes on: only one that is as the
   * page before it belongs to one moment.
   */
  private static boolean hasAllAnswers(Map<String, Double> page) {
    return page.getOrDefault("request_success_total{finished_reason=length}", 0.0)
                + page.getOrDefault("request_success_total{finished_reason=stop}", 0.0)
            == ANSWERS
        && page.get("num_requests_waiting") == 0
        && page.get("num_requests_running") == 0;
  }

  @AfterAll
  static void stop() throws Exception {
    Collected.seen.countDown();
    cluster.close();
  }

  private static JobGraph job() {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment();
    env.setParallelism(1);
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < ANSWERS; i++) {
      requests.add(sampled("r" + i, "c" + i % 2, STORY, 20 + 10 * i));
    }
    requests.add(requests.getFirst()); // It comes twice.
    requests.add(sampled("long", "d", "dog ".repeat(200_000), 5));
    requests.add(sampled("late", "e", "x", 1));
    MistralStreams.complete(
            env.fromData(requests, MistralTypes.REQUEST)
                .uid("requests")
                .map(Collected::holdLast)
                .returns(MistralTypes.REQUEST)
                .uid("hold"),
            options().set(MistralOptions.MODEL_NAME, "measured"))
        .map(Collected::add)
        .returns(MistralTypes.EVENT)
        .uid("collected")
        .sinkTo(new DiscardingSink<>())
        .uid("sink");
    return env.getStreamGraph().getJobGraph();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static Map<String, Double> samples(int port) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String page =
          client
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/metrics".formatted(port)))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      return page.lines()
          .map(SAMPLE::matcher)
          .filter(Matcher::matches)
          .filter(sample -> sample.group(1).contains("_mistral_"))
          .collect(
              Collectors.toMap(MetricsTest::vllmName, sample -> Double.valueOf(sample.group(3))));
    } catch (IOException e) {
      return Map.of(); // It does not listen yet.
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The name that a relabeling gives it, with those labels that are not Flink's own. */
  private static String vllmName(Matcher sample) {
    Matcher name = RELABELED.matcher(sample.group(1));
    assertThat(name.matches()).as(sample.group(1)).isTrue();
    Matcher label =
        Pattern.compile("(le|finished_reason|code|source)=\"([^\"]*)\"").matcher(sample.group(2));
    return name.group(1) + (label.find() ? "{" + label.group(1) + "=" + label.group(2) + "}" : "");
  }

  private static List<CompletionEvent.Completed> completed() {
    return Collected.EVENTS.stream()
        .filter(event -> !event.requestId().equals("late"))
        .filter(CompletionEvent.Completed.class::isInstance)
        .map(CompletionEvent.Completed.class::cast)
        .toList();
  }

  @Test
  void tokensAreThoseThatAnswersSay() {
    double prompt = completed().stream().mapToInt(one -> one.usage().promptTokens()).sum();
    double ofState = completed().stream().mapToInt(one -> one.usage().cachedTokens()).sum();
    double shared = completed().stream().mapToInt(one -> one.timings().sharedTokens()).sum();
    double drawn = completed().stream().mapToInt(one -> one.usage().completionTokens()).sum();
    assertThat(samples)
        .containsEntry("prompt_tokens_total", prompt)
        .containsEntry("prompt_tokens_by_source_total{source=external_kv_transfer}", ofState)
        .containsEntry("prompt_tokens_by_source_total{source=local_cache_hit}", shared)
        .containsEntry(
            "prompt_tokens_by_source_total{source=local_compute}", prompt - ofState - shared)
        .containsEntry("generation_tokens_total", drawn)
        .containsEntry("request_prompt_tokens_sum", prompt)
        .containsEntry("request_generation_tokens_sum", drawn)
        .containsEntry("inter_token_latency_seconds_count", drawn - ANSWERS);
  }

  @Test
  void eachRequestIsCountedByWhatBecameOfIt() {
    CompletionEvent.Rejected refused =
        Collected.EVENTS.stream()
            .filter(CompletionEvent.Rejected.class::isInstance)
            .map(CompletionEvent.Rejected.class::cast)
            .findAny()
            .orElseThrow();
    double byReason =
        samples.entrySet().stream()
            .filter(sample -> sample.getKey().startsWith("request_success_total{finished_reason="))
            .mapToDouble(Map.Entry::getValue)
            .sum();
    assertThat(byReason).isEqualTo(ANSWERS);
    assertThat(samples)
        .containsEntry("repeated_requests_total", 1.0)
        .containsEntry("request_failure_total{code=%s}".formatted(refused.code()), 1.0)
        .containsEntry("request_failure_total{code=queue_full}", 0.0)
        .containsEntry("num_requests_waiting", 0.0)
        .containsKeys("num_requests_running", "kv_cache_usage_perc", "prefix_cache_queries");
  }

  @Test
  void timesAreThoseThatAnswersSay() {
    double first = 0;
    double all = 0;
    for (CompletionEvent.Completed one : completed()) {
      double toFirst = one.timings().queuedMillis() + one.timings().promptMillis();
      first += toFirst / 1000;
      all += (toFirst + one.timings().completionMillis()) / 1000;
    }
    double rounding = 3e-3 * ANSWERS;
    assertThat(samples.get("time_to_first_token_seconds_sum")).isCloseTo(first, within(rounding));
    assertThat(samples.get("e2e_request_latency_seconds_sum")).isCloseTo(all, within(rounding));
    assertThat(samples.get("inter_token_latency_seconds_sum"))
        .isCloseTo(samples.get("request_decode_time_seconds_sum"), within(1e-6));
  }

  @Test
  void bucketsAreCumulativeAndTheLastOneHasAll() {
    assertThat(samples)
        .containsEntry("e2e_request_latency_seconds_bucket{le=+Inf}", (double) ANSWERS)
        .containsEntry("e2e_request_latency_seconds_count", (double) ANSWERS)
        .containsKeys(
            "time_to_first_token_seconds_bucket{le=0.001}",
            "e2e_request_latency_seconds_bucket{le=7680.0}");
    double passes = samples.get("iteration_tokens_total_count");
    assertThat(samples)
        .containsEntry("iteration_sequences_bucket{le=1024.0}", passes)
        .containsEntry("request_generation_tokens_bucket{le=10.0}", 0.0);
    assertThat(samples.get("request_generation_tokens_bucket{le=50.0}"))
        .isLessThanOrEqualTo(samples.get("request_generation_tokens_bucket{le=100.0}"));
  }

  /** What came out. The input does not end before the metrics have been seen. */
  private static final class Collected {
    private static final List<CompletionEvent> EVENTS = new CopyOnWriteArrayList<>();
    private static volatile CountDownLatch seen = new CountDownLatch(1);

    /** Nothing is left of a run before, if the class runs once more. */
    static void begin() {
      EVENTS.clear();
      seen = new CountDownLatch(1);
    }

    static CompletionRequest holdLast(CompletionRequest request) throws InterruptedException {
      if (request.requestId().equals("late")) {
        seen.await();
      }
      return request;
    }

    static CompletionEvent add(CompletionEvent event) {
      EVENTS.add(event);
      return event;
    }
  }
}
