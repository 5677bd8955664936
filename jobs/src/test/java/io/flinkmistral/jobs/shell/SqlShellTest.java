package io.flinkmistral.jobs.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts in a process of its own, as Maven starts it. */
@Timeout(300)
class SqlShellTest {
  @TempDir private Path folder;

  private record Result(int exitCode, List<String> out, String err) {}

  @Test
  void rowsAloneAreOnStandardOutput() throws Exception {
    Result result =
        sql(
            """
            CREATE TEMPORARY VIEW texts AS SELECT * FROM (VALUES (1, 'I love this lamp.')) AS v(id, txt);
            CREATE MODEL m INPUT (txt STRING) OUTPUT (label STRING)
            WITH ('provider' = 'mistral', 'task' = 'classify', 'labels' = 'positive, negative',
              'prompt' = 'Classify the sentiment: {{txt}}', 'retry-num' = '2');
            CREATE TEMPORARY TABLE shown (id INT, label STRING) WITH ('connector' = 'print');
            EXECUTE STATEMENT SET BEGIN
              INSERT INTO shown SELECT id, label FROM ML_PREDICT(TABLE texts, MODEL m, DESCRIPTOR(txt));
            END;
            EXPLAIN SELECT id FROM texts;
            SELECT id, label FROM ML_PREDICT(TABLE texts, MODEL m, DESCRIPTOR(txt));
            """,
            "-Dsql.options=--kv.type f32");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).containsExactly("{\"id\":1,\"label\":\"positive\"}");
    assertThat(result.err())
        .contains(
            "web page is at http://127.0.0.1:",
            "option retry-num has no meaning",
            "+I[1, positive]",
            "Optimized Execution Plan");
  }

  @Test
  void theFirstStatementThatFailsEndsTheScript() throws Exception {
    Result result = sql("VALUES (1);\n\nSELECT nothing FROM nowhere;\nVALUES (2)");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).containsExactly("{\"EXPR$0\":1}");
    assertThat(result.err().lines().toList().getLast())
        .startsWith("sql: line 3, SELECT nothing FROM nowhere: ")
        .contains("nowhere");
  }

  private Result sql(String script, String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dlog4j2.configurationFile=classpath:log4j2-sql.properties",
            "-Djava.io.tmpdir=" + folder,
            "-Dsql.script=" + Files.writeString(folder.resolve("script.sql"), script)));
    command.addAll(List.of(flags));
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath, SqlShell.class.getName()));
    File out = folder.resolve("out").toFile();
    File err = folder.resolve("err").toFile();
    Process process = new ProcessBuilder(command).redirectOutput(out).redirectError(err).start();
    try {
      return new Result(
          process.waitFor(),
          Files.readAllLines(out.toPath(), UTF_8),
          Files.readString(err.toPath(), UTF_8));
    } finally {
      process.destroyForcibly();
    }
  }
}
