package io.flinkmistral.jobs.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** On which addresses a process of this machine listens; from Linux's {@code /proc}. */
public final class ListeningSockets {
  private static final Pattern INODE = Pattern.compile("socket:\\[(\\d+)]");
  private static final String LISTENING = "0A";

  /** The last bytes are 127.0.0.1, by itself and in IPv6, or it is IPv6's own loopback. */
  private static final Pattern LOOPBACK =
      Pattern.compile("0100007F|0{16}FFFF00000100007F|0{24}01000000");

  private ListeningSockets() {}

  /** Their addresses, in the kernel's hexadecimal form. */
  public static List<String> of(long pid) throws IOException {
    Set<String> inodes = inodes(pid);
    return Stream.of("tcp", "tcp6")
        .flatMap(table -> lines(Path.of("/proc", Long.toString(pid), "net", table)))
        .map(line -> line.strip().split("\\s+"))
        .filter(columns -> columns[3].equals(LISTENING) && inodes.contains(columns[9]))
        .map(columns -> columns[1].substring(0, columns[1].indexOf(':')))
        .toList();
  }

  public static boolean isLoopback(String address) {
    return LOOPBACK.matcher(address).matches();
  }

  private static Stream<String> lines(Path table) {
    try {
      return Files.readAllLines(table).stream().skip(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> inodes(long pid) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return descriptors
          .map(ListeningSockets::target)
          .map(INODE::matcher)
          .filter(Matcher::matches)
          .map(matcher -> matcher.group(1))
          .collect(Collectors.toSet());
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }
}
