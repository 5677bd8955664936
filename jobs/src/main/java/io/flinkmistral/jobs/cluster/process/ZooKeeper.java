package io.flinkmistral.jobs.cluster.process;

import io.flinkmistral.jobs.local.LocalPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer;

/** The ZooKeeper server that comes with Flink: who leads, and where the leader's files are. */
final class ZooKeeper {
  static final String NAME = "zookeeper";

  private final ClusterProcess process;
  private final String address;

  private ZooKeeper(ClusterProcess process, String address) {
    this.process = process;
    this.address = address;
  }

  /** Starts a server on a free port. It may not be ready when this returns. */
  static ZooKeeper start(ClusterFiles files) throws IOException {
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    int port = LocalPorts.free(1).getFirst();
    Path configuration = files.conf().resolve("zoo.cfg");
    Files.writeString(
        configuration,
        """
        dataDir=%s
        clientPortAddress=%s
        clientPort=%d
        tickTime=1000
        admin.enableServer=false
        """
            .formatted(files.data(NAME), host, port));
    List<String> arguments =
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            FlinkZooKeeperQuorumPeer.class.getName(),
            "--zkConfigFile",
            configuration.toString(),
            "--peerId",
            "1");
    ClusterProcess process =
        ClusterProcess.start(files, NAME, FlinkClasspath.get(), _ -> arguments);
    return new ZooKeeper(process, host + ":" + port);
  }

  ClusterProcess process() {
    return process;
  }

  /** For clients: {@code host:port}. */
  String address() {
    return address;
  }
}
