package io.flinkmistral.jobs.bench;

import io.flinkmistral.tools.Command;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/** What benchmarks that Maven starts have in common. */
public final class BenchMain {
  private BenchMain() {}

  /** Measures. */
  @FunctionalInterface
  public interface Body {
    /**
     * @param given what the user set, by name; empty for what is not set
     * @param json takes the lines
     */
    void run(UnaryOperator<String> given, PrintStream json) throws Exception;
  }

  /** Ends this JVM when all is measured. */
  public static void run(Command command, String[] arguments, Body body) {
    if (command.helps(arguments, System.out)) {
      return;
    }
    PrintStream json = json();
    try {
      UnaryOperator<String> given = name -> System.getProperty("bench." + name, "").strip();
      command.check(given);
      body.run(given, json);
      System.exit(0);
    } catch (Exception e) {
      System.err.println(command.name() + ": " + e.getMessage());
      System.exit(1);
    }
  }

  /** Standard output, to which nobody else has access from now on. */
  static PrintStream json() {
    PrintStream json =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(System.err); // Whatever a library prints does not belong between the lines.
    return json;
  }

  /** A whole number that the user set, or else this one. */
  public static int number(UnaryOperator<String> given, String name, int otherwise) {
    String text = given.apply(name);
    return text.isEmpty() ? otherwise : Integer.parseInt(text);
  }
}
