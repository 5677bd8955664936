package io.flinkmistral.jobs.sql;

import io.flinkmistral.protocol.Excerpt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.config.TableConfigOptions;
import org.apache.flink.table.operations.BeginStatementSetOperation;
import org.apache.flink.table.operations.EndStatementSetOperation;
import org.apache.flink.table.operations.ExplainOperation;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.StatementSetOperation;
import org.apache.flink.table.operations.command.ResetOperation;
import org.apache.flink.table.operations.command.SetOperation;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Statements, one after another, with the commands of Flink's SQL client that make sense in a
 * script: {@code SET}, {@code RESET}, {@code BEGIN STATEMENT SET}. A query ends with its last row.
 * An {@code INSERT} ends with its job, where {@code table.dml-sync} says so; else it runs on.
 */
public final class SqlSession {
  private final TableSession session;
  private final SqlOutput output;
  private final List<CompletableFuture<?>> running = new ArrayList<>();

  /** Of the statement set that has begun. */
  private Optional<List<ModifyOperation>> set = Optional.empty();

  /**
   * @param env what statements run on
   * @param options of the session, as if they were set
   */
  public SqlSession(StreamExecutionEnvironment env, Configuration options, SqlOutput output) {
    this.session = new TableSession(env, options);
    this.output = output;
  }

  /**
   * Runs all of a script.
   *
   * @throws StatementFailedException with the first statement that fails; later ones are not run
   */
  public void runAll(String script) throws StatementFailedException {
    for (SqlScript.Statement statement : SqlScript.statements(script)) {
      try {
        run(statement.text());
      } catch (Exception e) {
        throw new StatementFailedException(statement, e);
      }
    }
    if (set.isPresent()) {
      throw new IllegalArgumentException("BEGIN STATEMENT SET has no END");
    }
  }

  /** Runs a statement. */
  public void run(String statement) throws Exception {
    for (Operation operation : session.tables().getParser().parse(statement)) {
      run(operation);
    }
  }

  /** Waits for all that runs on. */
  public void finish() throws Exception {
    for (CompletableFuture<?> job : running) {
      job.get();
    }
    running.clear();
  }

  private void run(Operation operation) throws Exception {
    switch (operation) {
      case SetOperation option -> set(option);
      case ResetOperation option -> reset(option);
      case BeginStatementSetOperation _ -> set = Optional.of(new ArrayList<>());
      case EndStatementSetOperation _ -> {
        List<ModifyOperation> all =
            set.orElseThrow(() -> new IllegalArgumentException("no statement set has begun"));
        set = Optional.empty();
        changed(session.tables().executeInternal(all));
      }
      case ModifyOperation change when set.isPresent() -> set.get().add(change);
      case ModifyOperation change -> changed(session.tables().executeInternal(List.of(change)));
      case StatementSetOperation changes -> changed(session.tables().executeInternal(changes));
      default -> show(operation, session.tables().executeInternal(operation));
    }
  }

  private void show(Operation operation, TableResult result) throws Exception {
    if (result.getResultKind() == ResultKind.SUCCESS) {
      return;
    }
    CloseableIterator<Row> rows = result.collect();
    try {
      if (operation instanceof ExplainOperation) {
        rows.forEachRemaining(row -> output.say(String.valueOf(row.getField(0))));
      } else {
        output.rows(
            (RowType) result.getResolvedSchema().toSourceRowDataType().getLogicalType(), rows);
      }
    } finally {
      rows.close(); // Which cancels a query that goes on.
    }
  }

  private void changed(TableResult result) throws Exception {
    Optional<JobClient> job = result.getJobClient();
    if (job.isEmpty()) {
      return;
    }
    CompletableFuture<?> end = job.get().getJobExecutionResult();
    if (session.tables().getConfig().get(TableConfigOptions.TABLE_DML_SYNC)) {
      end.get();
    } else {
      output.say("job %s runs".formatted(job.get().getJobID()));
      running.add(end);
    }
  }

  private void set(SetOperation option) {
    if (option.getKey().isPresent()) {
      session.set(option.getKey().get(), option.getValue().orElseThrow());
    } else {
      Map<String, String> all =
          new TreeMap<>(session.tables().getConfig().getConfiguration().toMap());
      all.forEach((key, value) -> output.say("%s = %s".formatted(key, Excerpt.of(value))));
    }
  }

  private void reset(ResetOperation option) {
    option.getKey().ifPresentOrElse(session::reset, session::resetAll);
  }
}
