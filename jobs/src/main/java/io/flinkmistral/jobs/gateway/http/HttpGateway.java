package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.access.ApiKeys;
import io.flinkmistral.jobs.gateway.access.Door;
import io.flinkmistral.jobs.gateway.access.RateLimits;
import io.flinkmistral.jobs.gateway.dialogue.AnsweredElsewhere;
import io.flinkmistral.jobs.gateway.dialogue.Dialogues;
import io.flinkmistral.jobs.gateway.http.exchange.BodyReader;
import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.http.exchange.RequestClock;
import io.flinkmistral.jobs.gateway.load.QueueWatch;
import io.flinkmistral.jobs.gateway.metrics.GatewayMetrics;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.gateway.topics.BrokerProbe;
import io.flinkmistral.jobs.gateway.topics.EarlierRecords;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.jobs.gateway.topics.PromptWriter;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.configuration.ReadableConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server: HTTP/1.1, with TLS where there is a certificate. */
public final class HttpGateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpGateway.class);
  private static final int MOST_HEADER_BYTES = 16 << 10;
  private static final int MOST_LINE_BYTES = 8 << 10;
  private static final int PATIENCE_SECONDS = 10;

  private final Vertx vertx;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final boolean tls;
  private HttpServer server;

  private HttpGateway(boolean tls) {
    this.tls = tls;
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
  }

  /** What answers are made with. */
  public record Parts(
      LiveCalls live,
      PromptWriter writer,
      EarlierRecords earlier,
      Dialogues dialogues,
      AnsweredElsewhere elsewhere,
      RateLimits limits,
      QueueWatch queue,
      GatewayMetrics metrics) {}

  /**
   * Starts it. When this returns it takes requests.
   *
   * @throws IOException if it cannot listen, or a file is not what it should be
   * @throws IllegalArgumentException if options do not go together
   */
  public static HttpGateway start(
      ReadableConfig options,
      Parts parts,
      BrokerProbe broker,
      Optional<LocalTaskManagers> taskManagers)
      throws IOException, InterruptedException {
    Optional<ApiKeys> keys = keys(options);
    boolean isLocal =
        InetAddress.getByName(options.get(GatewayOptions.ADDRESS)).isLoopbackAddress();
    checkAddress(options, keys, isLocal);
    HttpServerOptions server = serverOptions(options);
    HttpGateway gateway = new HttpGateway(server.isSsl());
    try {
      ModelNames models =
          new ModelNames(options.get(GatewayOptions.MODELS), System.currentTimeMillis() / 1000);
      Routes routes =
          new Routes(
              new Door(options.get(GatewayOptions.HOSTS), gateway.tls, keys),
              new BodyReader(
                  options.get(ChatJobOptions.MAX_BYTES), options.get(GatewayOptions.BODY_TIMEOUT)),
              new Routes.Handlers(
                  new CompletionHandler(options, models, parts),
                  new ResponseHandler(options, models, parts),
                  new ConversationHandler(parts.live(), parts.writer(), parts.limits()),
                  models,
                  new Health(broker),
                  parts.metrics(),
                  new Page(),
                  new PageActions(
                      options,
                      taskManagers.filter(_ -> keys.isEmpty() && isLocal),
                      keys.isPresent() || isLocal,
                      Math.toIntExact(options.get(GatewayOptions.UNSENT).getBytes()))),
              gateway.threads);
      gateway.listen(
          server,
          routes,
          new RequestClock(gateway.vertx, options.get(GatewayOptions.BODY_TIMEOUT)));
      return gateway;
    } catch (IOException | RuntimeException e) {
      gateway.close();
      throw e;
    }
  }

  private static Optional<ApiKeys> keys(ReadableConfig options) throws IOException {
    Optional<String> file = options.getOptional(GatewayOptions.API_KEYS);
    return file.isEmpty() ? Optional.empty() : Optional.of(ApiKeys.of(Path.of(file.get())));
  }

  private static void checkAddress(
      ReadableConfig options, Optional<ApiKeys> keys, boolean isLocal) {
    String address = options.get(GatewayOptions.ADDRESS);
    if (keys.isEmpty() && !options.get(GatewayOptions.OPEN) && !isLocal) {
      throw new IllegalArgumentException(
          ("option %s = %s lets other machines in, and %s is not set: whoever reaches it may ask."
                  + " Where that is nobody else, set %s = true")
              .formatted(
                  GatewayOptions.ADDRESS.key(),
                  address,
                  GatewayOptions.API_KEYS.key(),
                  GatewayOptions.OPEN.key()));
    }
  }

  private static HttpServerOptions serverOptions(ReadableConfig options) {
    HttpServerOptions server =
        new HttpServerOptions()
            .setHost(options.get(GatewayOptions.ADDRESS))
            .setPort(options.get(GatewayOptions.PORT))
            .setMaxHeaderSize(MOST_HEADER_BYTES)
            .setMaxInitialLineLength(MOST_LINE_BYTES)
            .setHandle100ContinueAutomatically(true)
            .setHttp2ClearTextEnabled(false)
            .setAlpnVersions(List.of(HttpVersion.HTTP_1_1));
    Optional<String> certificate = options.getOptional(GatewayOptions.CERTIFICATE);
    Optional<String> key = options.getOptional(GatewayOptions.PRIVATE_KEY);
    if (certificate.isPresent() != key.isPresent()) {
      throw new IllegalArgumentException(
          "options %s and %s go together"
              .formatted(GatewayOptions.CERTIFICATE.key(), GatewayOptions.PRIVATE_KEY.key()));
    }
    if (certificate.isPresent()) {
      server
          .setSsl(true)
          .setSslHandshakeTimeout(options.get(GatewayOptions.BODY_TIMEOUT).toMillis())
          .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
          .setKeyCertOptions(
              new PemKeyCertOptions().setCertPath(certificate.get()).setKeyPath(key.get()));
    }
    return server;
  }

  private void listen(HttpServerOptions options, Routes routes, RequestClock clock)
      throws IOException, InterruptedException {
    server =
        vertx
            .createHttpServer(options)
            .connectionHandler(
                connection -> {
                  clock.opened(connection);
                  connection.closeHandler(_ -> clock.closed(connection));
                })
            .requestHandler(
                request -> {
                  clock.begun(request);
                  request.response().endHandler(_ -> clock.answered(request));
                  routes.handle(request, vertx.getOrCreateContext());
                })
            .invalidRequestHandler(this::refuse)
            .exceptionHandler(failure -> LOG.debug("a connection failed", failure));
    try {
      server
          .listen()
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "cannot listen at %s:%d: %s"
              .formatted(options.getHost(), options.getPort(), reason.getMessage()),
          e);
    }
  }

  /** What is no HTTP. */
  private void refuse(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    new Exchange(vertx.getOrCreateContext(), request)
        .fail(
            ApiException.refused(
                400, "", "bad_http", "this is no request of HTTP: " + cause.getMessage()));
  }

  private String scheme() {
    return tls ? "https" : "http";
  }

  /** Where it listens. */
  public URI address(String host) {
    return URI.create("%s://%s:%d".formatted(scheme(), host, server.actualPort()));
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      vertx
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("the HTTP server did not stop: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
