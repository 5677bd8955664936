package io.flinkmistral.jobs.cluster.process;

import io.flinkmistral.jobs.gateway.Gateway;
import io.flinkmistral.jobs.local.LocalPorts;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A gateway in a process of its own. Started again, it listens at the same port. */
public final class GatewayProcess implements AutoCloseable {
  private static final List<String> FLAGS =
      List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1");

  private final URI address;
  private final ClusterProcess process;

  private GatewayProcess(URI address, ClusterProcess process) {
    this.address = address;
    this.process = process;
  }

  /**
   * Starts a gateway. It may not be ready when this returns.
   *
   * @param folder for its log, which may be that of others, too
   * @param options but for its port
   */
  public static GatewayProcess start(Path folder, String name, List<String> options)
      throws IOException {
    return start(folder, name, FLAGS, options);
  }

  /** The same with other flags of its JVM. */
  public static GatewayProcess start(
      Path folder, String name, List<String> flags, List<String> options) throws IOException {
    ClusterFiles files = new ClusterFiles(Files.createDirectories(folder));
    files.writeLogging();
    int port = LocalPorts.free(1).getFirst();
    List<String> arguments = new ArrayList<>(flags);
    arguments.add(Gateway.class.getName());
    arguments.addAll(options);
    arguments.add("--gateway.port=" + port);
    return new GatewayProcess(
        URI.create("http://127.0.0.1:" + port),
        ClusterProcess.start(
            files, name, System.getProperty("java.class.path"), _ -> List.copyOf(arguments)));
  }

  public URI address() {
    return address;
  }

  public ClusterProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
