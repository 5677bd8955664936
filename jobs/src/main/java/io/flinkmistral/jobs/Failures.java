package io.flinkmistral.jobs;

import io.flinkmistral.protocol.Excerpt;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.flink.client.program.ProgramParametrizationException;

/** What went wrong, in one line for the one who has to mend it. */
public final class Failures {
  private Failures() {}

  /**
   * The line. Libraries wrap what went wrong, some many times: the first exception that is not only
   * a wrapper says it, and the innermost one what it came from.
   */
  public static String line(Throwable failure) {
    Throwable said = withoutWrappers(failure);
    String message = message(said);
    String innermost = message(innermost(said));
    return Excerpt.ofMessage(message.contains(innermost) ? message : message + ": " + innermost);
  }

  /**
   * What {@code flink run} prints as that line alone. It has no trace: Flink logs it, and where it
   * was thrown helps nobody.
   */
  public static ProgramParametrizationException said(Throwable failure) {
    ProgramParametrizationException said = new ProgramParametrizationException(line(failure));
    said.setStackTrace(new StackTraceElement[0]);
    return said;
  }

  private static Throwable withoutWrappers(Throwable failure) {
    Throwable said = failure;
    while (said.getCause() != null && isWrapper(said)) {
      said = said.getCause();
    }
    return said;
  }

  private static boolean isWrapper(Throwable failure) {
    return switch (failure) {
      case ExecutionException _,
          CompletionException _,
          InvocationTargetException _,
          UndeclaredThrowableException _ ->
          true;
      default ->
          failure.getMessage() == null
              || failure.getMessage().equals(failure.getCause().toString())
              || failure.getMessage().equals(failure.getCause().getMessage())
              || failure.getClass().getName().startsWith("org.apache.flink.");
    };
  }

  private static Throwable innermost(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Exceptions of the file system have the path for a message, and some have none. */
  private static String message(Throwable failure) {
    return switch (failure) {
      case AccessDeniedException denied ->
          denied.getFile() + ": permission denied; may this user read it, and enter its folders?";
      case NoSuchFileException missing -> missing.getFile() + ": there is no such file or folder";
      case FileSystemException e when e.getReason() == null ->
          "%s: %s".formatted(e.getMessage(), e.getClass().getSimpleName());
      default ->
          failure.getMessage() == null
              ? failure.toString()
              : failure.getMessage().lines().findFirst().orElse(failure.toString());
    };
  }
}
