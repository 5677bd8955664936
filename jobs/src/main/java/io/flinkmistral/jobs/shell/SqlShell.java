package io.flinkmistral.jobs.shell;

import io.flinkmistral.jobs.local.BundledModel;
import io.flinkmistral.jobs.local.Interruption;
import io.flinkmistral.jobs.local.JobFailure;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.jobs.local.LocalFolder;
import io.flinkmistral.jobs.sql.JsonOutput;
import io.flinkmistral.jobs.sql.SqlOptions;
import io.flinkmistral.jobs.sql.SqlSession;
import io.flinkmistral.jobs.sql.StatementFailedException;
import io.flinkmistral.operator.model.ModelCheck;
import io.flinkmistral.table.declaration.EngineOptions;
import io.flinkmistral.tools.Command;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.table.api.config.TableConfigOptions;

/**
 * {@code mvn -q -Psql -Dscript=FILE}: runs a script on a Flink cluster of its own, with the model
 * provider. Rows of queries are on standard output as JSON objects, one a line, and nothing else;
 * everything else is said on standard error. Without a script it is a prompt, or reads a script
 * from standard input where that is no terminal.
 */
public final class SqlShell {
  /** Enough for {@code SET 'parallelism.default'}, and for jobs that run on beside each other. */
  private static final int SLOTS = 8;

  private static final Command COMMAND =
      Command.of(
          "sql",
          """
          runs SQL on a Flink of its own, with models of provider 'mistral' and a small model.
          Rows come out as JSON objects, one a line.
          """,
          Command.Setting.text("script", "file of statements (standard input, or a prompt)"),
          Command.Setting.text(
              "model", "of models without model.path: file or folder (a small one)"),
          Command.Setting.text(
              "options", "of all models: \"--kv.type f32 ...\"; --help lists them"));

  private final Interruption interruption;
  private final PrintStream rows;

  private SqlShell(Interruption interruption, PrintStream rows) {
    this.interruption = interruption;
    this.rows = rows;
  }

  /** Takes what to do from the properties {@code sql.script, sql.model, sql.options}. */
  public static void main(String[] arguments) {
    if (COMMAND.helps(arguments, System.out)) {
      return;
    }
    Interruption interruption = Interruption.ofProgram();
    PrintStream rows =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    // Whatever a library or a table prints does not belong between the rows.
    System.setOut(System.err);
    int exitCode = new SqlShell(interruption, rows).exitCode();
    interruption.close();
    System.exit(exitCode);
  }

  private int exitCode() {
    try {
      run();
      return 0;
    } catch (StatementFailedException e) {
      System.err.println("sql: " + e.getMessage());
      return 1;
    } catch (Exception e) {
      System.err.println("sql: " + JobFailure.line(e));
      return 1;
    }
  }

  private void run() throws Exception {
    COMMAND.check(name -> System.getProperty("sql." + name));
    String options = System.getProperty("sql.options", "");
    List<String> words = SqlOptions.words(options);
    if (words.contains("--help")) {
      System.err.print("Options, for -Doptions=\"--key value ...\":\n" + SqlOptions.help());
      return;
    }
    String file = System.getProperty("sql.script", "");
    if (!file.isEmpty() && !Files.isReadable(Path.of(file))) {
      throw new IOException(file + " is no file that can be read: which script?");
    }
    String model = System.getProperty("sql.model", "");
    try (LocalFolder folder = LocalFolder.create("flink-mistral-sql-", interruption)) {
      Path path =
          model.isEmpty()
              ? BundledModel.unpack(folder.subfolder("model"))
              : Path.of(model).toAbsolutePath();
      Configuration session = new Configuration().set(TableConfigOptions.TABLE_DML_SYNC, true);
      session.setString(
          EngineOptions.SESSION_PREFIX + EngineOptions.MODEL_PATH.key(), path.toString());
      session.addAll(SqlOptions.parse(words));
      ModelCheck.check(Configuration.fromMap(EngineOptions.ofSession(session)));
      try (LocalFlink flink = LocalFlink.start(folder.subfolder("flink"), SLOTS, cluster())) {
        System.err.println("sql: Flink's web page is at " + flink.webPage());
        run(flink, session, file);
      }
    }
  }

  private void run(LocalFlink flink, Configuration session, String file) throws Exception {
    Console console = System.console();
    if (file.isEmpty() && console != null && console.isTerminal()) {
      new SqlPrompt(flink, session, interruption).run();
      return;
    }
    SqlSession statements =
        new SqlSession(flink.environment(), session, new JsonOutput(rows, System.err));
    if (file.isEmpty()) {
      System.err.println("sql: reads statements from standard input");
      statements.runAll(new String(System.in.readAllBytes(), StandardCharsets.UTF_8));
    } else {
      statements.runAll(Files.readString(Path.of(file)));
    }
    statements.finish();
  }

  private static Configuration cluster() {
    return new Configuration()
        .set(CoreOptions.DEFAULT_PARALLELISM, 1)
        .set(StateBackendOptions.STATE_BACKEND, "hashmap")
        .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.parse("512 mb"))
        // Rows of a query that has begun again would come twice.
        .set(RestartStrategyOptions.RESTART_STRATEGY, "none");
  }
}
