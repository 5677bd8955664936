package io.flinkmistral.jobs.cluster.process;

import java.nio.file.Path;

/** Programs of the JDK that this JVM is of. */
final class JdkTools {
  private JdkTools() {}

  /** The path of a program such as {@code java}. */
  static String path(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }
}
