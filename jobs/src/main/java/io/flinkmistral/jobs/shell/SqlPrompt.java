package io.flinkmistral.jobs.shell;

import io.flinkmistral.jobs.local.Interruption;
import io.flinkmistral.jobs.local.JobFailure;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.sql.SqlOutput;
import io.flinkmistral.jobs.sql.SqlScript;
import io.flinkmistral.jobs.sql.SqlSession;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Statements typed into a terminal; rows come out as a table that it is wide enough for. */
final class SqlPrompt {
  private static final int WIDTH = 80;
  private static final String HELP =
      """
      Type statements; each ends with a semicolon. Models: CREATE MODEL m INPUT (..)
      OUTPUT (..) WITH ('provider' = 'mistral', ..); LOAD MODULE mistral; for AI_CLASSIFY..
        quit;  ends (so do Ctrl-C and Ctrl-D)
        help;  says this
      """;

  private final LocalFlink flink;
  private final Configuration options;
  private final Interruption interruption;

  SqlPrompt(LocalFlink flink, Configuration options, Interruption interruption) {
    this.flink = flink;
    this.options = options;
    this.interruption = interruption;
  }

  /** Returns when the user has enough. */
  void run() throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().name("flink-mistral").system(true).build()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      interruption.first(() -> terminal.echo(true));
      PrintWriter out = terminal.writer();
      out.print(HELP);
      SqlSession session = new SqlSession(flink.environment(), options, new Tables(out));
      while (runNext(reader, out, session)) {
        out.flush();
      }
    } catch (UserInterruptException | EndOfFileException e) {
      // Ctrl-C and Ctrl-D are ways to leave.
    }
  }

  /** Statements up to the next semicolon at a line's end; false when the user has enough. */
  private static boolean runNext(LineReader reader, PrintWriter out, SqlSession session) {
    StringBuilder text = new StringBuilder();
    SqlScript.Split split;
    do {
      text.append(reader.readLine(text.isEmpty() ? "sql> " : "   > ")).append('\n');
      split = SqlScript.split(text.toString());
    } while (!split.rest().isEmpty());
    for (SqlScript.Statement statement : split.statements()) {
      switch (statement.text().toLowerCase(Locale.ROOT)) {
        case "quit", "exit" -> {
          return false;
        }
        case "help" -> out.print(HELP);
        default -> run(statement.text(), out, session);
      }
    }
    return true;
  }

  private static void run(String statement, PrintWriter out, SqlSession session) {
    try {
      session.run(statement);
    } catch (Exception e) {
      out.println(JobFailure.line(e));
    }
  }

  private record Tables(PrintWriter out) implements SqlOutput {
    @Override
    public void rows(RowType type, CloseableIterator<Row> rows) {
      RowTable table = new RowTable(type, WIDTH);
      out.print(table.header());
      long count = 0;
      while (rows.hasNext()) {
        out.print(table.row(rows.next()));
        out.flush();
        count++;
      }
      out.println(count == 1 ? "1 row" : count + " rows");
    }

    @Override
    public void say(String text) {
      out.println(text);
    }
  }
}
