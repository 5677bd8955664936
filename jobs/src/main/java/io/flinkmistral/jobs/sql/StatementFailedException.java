package io.flinkmistral.jobs.sql;

import io.flinkmistral.jobs.Failures;
import io.flinkmistral.protocol.Excerpt;

/** A statement of a script that did not end well; the message says which, and why, in a line. */
public final class StatementFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  StatementFailedException(SqlScript.Statement statement, Throwable cause) {
    super(
        "line %d, %s: %s"
            .formatted(
                statement.line(),
                Excerpt.of(statement.text().lines().findFirst().orElse("")),
                Failures.line(cause)),
        cause);
  }
}
