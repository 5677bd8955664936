package io.flinkmistral.kernel;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What HotSpot is told about the methods of {@link PanelKernel.Rows}: not to compile them with its
 * first compiler, C1.
 *
 * <p>C1 calls the vector classes, so its code is hardly faster than the interpreter. And it is in
 * the way: where it compiled a method without counters (as it does when C2 is busy) and then has
 * not the registers for one with counters, C2 does not get the method for minutes.
 *
 * <p>A directive holds for the JVM, and names these methods only; {@code jcmd PID
 * Compiler.directives_print} shows it. Without it kernels are as good, but perhaps late.
 */
final class CompilerDirectives {
  private static final Logger LOG = LoggerFactory.getLogger(CompilerDirectives.class);
  private static final String C2_ONLY =
      """
      [{ match: "%s*.*", c1: { Exclude: true } }]
      """;

  private CompilerDirectives() {}

  /**
   * Adds the directive.
   *
   * @param className start of the names of the classes it is for
   */
  static void compileWithC2Only(String className) {
    try {
      Path file = Files.createTempFile("directives", ".json");
      try {
        Files.writeString(file, C2_ONLY.formatted(className.replace('.', '/')));
        Object answer =
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "compilerDirectivesAdd",
                    new Object[] {new String[] {file.toString()}},
                    new String[] {String[].class.getName()});
        LOG.debug("{}: {}", className, answer);
      } finally {
        Files.delete(file);
      }
    } catch (IOException | JMException | SecurityException e) {
      LOG.debug("no compiler directive for {}", className, e);
    }
  }
}
