package io.flinkmistral.kernel.vector;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** A JVM of its own that gives HotSpot all directives, and prints those that it has. */
final class PrintedDirectives {
  private PrintedDirectives() {}

  public static void main(String[] arguments) throws JMException {
    CompilerDirectives.begin();
    CompilerDirectives.await();
    CompilerDirectives.spareC2();
    System.out.println(
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "compilerDirectivesPrint",
                new Object[0],
                new String[0]));
  }
}
