package io.flinkmistral.jobs.sql;

import io.flinkmistral.jobs.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs a SQL script on whatever cluster it is submitted to, with provider and module {@code
 * mistral}:
 *
 * <pre>{@code
 * flink run -c io.flinkmistral.jobs.sql.SqlJob flink-mistral-jobs-*.jar \
 *   --script reviews.sql --model.path /models/mistral-7b-instruct-v0.3.Q4_0.gguf
 * }</pre>
 *
 * Rows of queries are printed as JSON objects. An {@code INSERT} is a job that runs on when this
 * program has ended, unless the script sets {@code table.dml-sync}.
 */
public final class SqlJob {
  private static final String SCRIPT = "--script";
  private static final String HELP =
      """
      Runs a SQL script with provider and module mistral:
        flink run -c io.flinkmistral.jobs.sql.SqlJob flink-mistral-jobs-*.jar
          --script FILE [--key value ...]
      The script is a file, or whatever Flink's file systems read (s3://...). Options of models
      that do not have them themselves:
      """;

  private SqlJob() {}

  public static void main(String[] arguments) throws Exception {
    if (Arrays.asList(arguments).contains("--help")) {
      System.out.print(HELP + SqlOptions.help());
      return;
    }
    try {
      run(StreamExecutionEnvironment.getExecutionEnvironment(), arguments);
    } catch (IllegalArgumentException | IOException | StatementFailedException e) {
      throw Failures.said(e);
    }
  }

  static void run(StreamExecutionEnvironment env, String... arguments)
      throws IOException, StatementFailedException {
    List<String> words = new ArrayList<>(Arrays.asList(arguments));
    int at = words.indexOf(SCRIPT);
    if (at < 0 || at + 1 == words.size()) {
      throw new IllegalArgumentException("%s is missing: which script?".formatted(SCRIPT));
    }
    String script = read(new Path(words.get(at + 1)));
    words.subList(at, at + 2).clear();
    Configuration options = SqlOptions.parse(words);
    new SqlSession(env, options, new JsonOutput(System.out, System.err)).runAll(script);
  }

  private static String read(Path path) throws IOException {
    try (InputStream in = path.getFileSystem().open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
