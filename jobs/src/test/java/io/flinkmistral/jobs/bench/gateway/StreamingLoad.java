package io.flinkmistral.jobs.bench.gateway;

import io.flinkmistral.jobs.cluster.process.GatewayProcess;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Clients that stream, rest, and stream again, and what the gateway took meanwhile. */
final class StreamingLoad {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Settings settings;
  private final String servers;
  private final GatewayProcess gateway;
  private final TokenTimes times;

  /**
   * What a user may set.
   *
   * @param rate tokens a second
   * @param answer tokens of an answer
   */
  record Settings(int streams, int rate, int answer, int warmup, int idle, int seconds) {
    /** Answers that have begun are taken to their ends. */
    private int mostTokens() {
      return (warmup + seconds) * rate + 2 * streams * answer;
    }
  }

  /** What a phase took. */
  private record Phase(int tokens, double seconds, double cpuSeconds) {
    private double corePercent() {
      return 100 * cpuSeconds / seconds;
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  StreamingLoad(Settings settings, String servers, GatewayProcess gateway) {
    this.settings = settings;
    this.servers = servers;
    this.gateway = gateway;
    this.times = new TokenTimes(settings.mostTokens());
  }

  /** A line of JSON. */
  String run() throws Exception {
    awaitReady();
    try (PlainReader _ = PlainReader.start(servers, times);
        FakeJob job = FakeJob.start(servers, times, settings.rate)) {
      phase(job, () -> stream(settings.warmup));
      Phase idle = phase(job, () -> Thread.sleep(Duration.ofSeconds(settings.idle)));
      int from = job.tokens();
      Phase streaming = phase(job, () -> stream(settings.seconds));
      int to = job.tokens();
      await("a token is not in the topic", () -> times.isRead(to));
      return line(idle, streaming, from, to);
    }
  }

  private Phase phase(FakeJob job, Work work) throws Exception {
    int tokens = job.tokens();
    long cpu = cpuNanos();
    long begun = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - begun) / 1e9;
    return new Phase(job.tokens() - tokens, seconds, (cpuNanos() - cpu) / 1e9);
  }

  private long cpuNanos() throws IOException {
    return ProcessHandle.of(gateway.process().pid())
        .flatMap(process -> process.info().totalCpuDuration())
        .orElseThrow(() -> new IOException("the gateway has ended"))
        .toNanos();
  }

  /** For about so long: each client takes its last answer to its end. */
  private void stream(int seconds) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    List<Future<Void>> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(settings.streams)) {
      for (int i = 1; i <= settings.streams; i++) {
        // The first answers are of different lengths: else all would end at once, again and again.
        int first = Math.max(1, settings.answer * i / settings.streams);
        clients.add(
            threads.submit(
                (Callable<Void>)
                    () -> {
                      StreamClient client = new StreamClient(gateway.address(), times);
                      client.ask(first);
                      while (System.nanoTime() < end) {
                        client.ask(settings.answer);
                      }
                      return null;
                    }));
      }
      for (Future<Void> client : clients) {
        client.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("a client got no answer: " + e.getCause().getMessage(), e);
    }
  }

  private String line(Phase idle, Phase streaming, int from, int to) throws IOException {
    ObjectNode line = JsonMapper.shared().createObjectNode();
    Spread events = times.writtenToEvent(from, to);
    if (events.count() != to - from) {
      throw new IOException(
          "%d tokens were written, and %d came".formatted(to - from, events.count()));
    }
    line.put("streams", settings.streams)
        .put("tokens", streaming.tokens())
        .put("tokens_per_second", rounded(streaming.tokens() / streaming.seconds()));
    put(line, "consumer_ms", times.writtenToRead(from, to));
    put(line, "event_ms", events);
    put(line, "added_ms", times.readToEvent(from, to));
    put(line, "end_ms", times.ends(from, to));
    line.putObject("core_percent")
        .put("idle", rounded(idle.corePercent()))
        .put("streaming", rounded(streaming.corePercent()))
        .put("added", rounded(streaming.corePercent() - idle.corePercent()));
    return JsonMapper.shared().writeValueAsString(line);
  }

  private static void put(ObjectNode line, String name, Spread spread) {
    line.putObject(name)
        .put("count", spread.count())
        .put("median", rounded(spread.median()))
        .put("p99", rounded(spread.p99()));
  }

  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.3f", value));
  }

  private void awaitReady() throws Exception {
    URI health = gateway.address().resolve("/health");
    await(
        "the gateway does not answer",
        () -> {
          if (!gateway.process().isAlive()) {
            throw new IOException("the gateway has ended");
          }
          HttpURLConnection http = (HttpURLConnection) health.toURL().openConnection();
          try {
            return http.getResponseCode() == 200;
          } catch (IOException e) {
            return false; // It does not listen yet.
          }
        });
  }

  private static void await(String fault, Callable<Boolean> holds) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!holds.call()) {
      if (System.nanoTime() > end) {
        throw new IOException(fault);
      }
      Thread.sleep(LOOK);
    }
  }
}
