package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.jobs.bench.enrichment.EnrichmentBench.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A server that was started here, one that somebody else runs, or none. */
final class ServerProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(5);
  private static final Duration LOOK = Duration.ofMillis(200);

  /** A slot's context is a little more than its record needs. */
  private static final int SPARE = 128;

  private final Optional<Process> process;
  private final Optional<URI> address;
  private final Optional<Path> log;

  private ServerProcess(Optional<Process> process, Optional<URI> address, Optional<Path> log) {
    this.process = process;
    this.address = address;
    this.log = log;
  }

  static ServerProcess none() {
    return new ServerProcess(Optional.empty(), Optional.empty(), Optional.empty());
  }

  static ServerProcess running(URI address) {
    return new ServerProcess(Optional.empty(), Optional.of(address), Optional.empty());
  }

  /**
   * Starts one, and waits until it is ready.
   *
   * @param folder where it leaves what it prints
   */
  static ServerProcess start(List<String> command, Settings settings, Path folder)
      throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    int context = settings.shared() + settings.own() + settings.answer() + SPARE;
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("--model", settings.model().toString()));
    words.addAll(List.of("--host", host, "--port", String.valueOf(port)));
    words.addAll(List.of("--parallel", String.valueOf(settings.concurrency())));
    words.addAll(List.of("--ctx-size", String.valueOf(settings.concurrency() * context)));
    Path log = folder.resolve("server.log");
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    ServerProcess server =
        new ServerProcess(
            Optional.of(process),
            Optional.of(URI.create("http://%s:%d".formatted(host, port))),
            Optional.of(log));
    // Where Maven is stopped, too.
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    try {
      server.awaitReady(process);
      return server;
    } catch (IOException | InterruptedException e) {
      server.close();
      throw e;
    }
  }

  private void awaitReady(Process process) throws IOException, InterruptedException {
    URI health = address.orElseThrow().resolve("/health");
    long end = System.nanoTime() + START.toNanos();
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (System.nanoTime() < end) {
        if (!process.isAlive()) {
          throw new IOException(
              "the server has ended with code %d: %s".formatted(process.exitValue(), lastLine()));
        }
        if (isReady(http, health)) {
          return;
        }
        Thread.sleep(LOOK);
      }
    }
    throw new IOException("the server was not ready after " + START);
  }

  private String lastLine() throws IOException {
    List<String> lines = Files.readAllLines(log.orElseThrow());
    return lines.isEmpty() ? "it has said nothing" : lines.getLast();
  }

  private static boolean isReady(HttpClient http, URI health) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(health).timeout(Duration.ofSeconds(5)).build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false; // It does not listen yet.
    }
  }

  Optional<URI> address() {
    return address;
  }

  @Override
  public void close() {
    process.ifPresent(
        one -> {
          List<ProcessHandle> children = one.descendants().toList(); // Of a script that starts it.
          one.destroy();
          children.forEach(ProcessHandle::destroy);
          try {
            if (!one.waitFor(10, TimeUnit.SECONDS)) {
              one.destroyForcibly();
            }
          } catch (InterruptedException e) {
            one.destroyForcibly();
            Thread.currentThread().interrupt();
          }
        });
  }
}
