package io.flinkmistral.jobs.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of the loopback interface for servers that are stopped and started again on theirs. They
 * lie below those that systems give to outgoing connections (from 32768 on Linux, from 49152
 * elsewhere): while the server is down, such a connection could take its port, even one that asks
 * for the server, which then is connected to itself.
 */
public final class LocalPorts {
  private static final int FIRST = 20_000;
  private static final int END = 32_000;
  private static final int ATTEMPTS = 1000;

  private LocalPorts() {}

  /**
   * Finds ports that nobody listens on.
   *
   * @throws IOException if none were found
   */
  public static List<Integer> free(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      // All are held at once, so that they differ.
      for (int attempt = 0; held.size() < count; attempt++) {
        tryToHold(ThreadLocalRandom.current().nextInt(FIRST, END), attempt, held);
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  private static void tryToHold(int port, int attempt, List<ServerSocket> held) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
      held.add(socket);
    } catch (IOException taken) {
      socket.close();
      if (attempt >= ATTEMPTS) {
        throw new IOException("no free port between %d and %d".formatted(FIRST, END), taken);
      }
    }
  }
}
