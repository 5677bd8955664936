package io.flinkmistral.jobs.sql;

import static org.apache.flink.table.api.Expressions.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.local.LocalFlink;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ModelDescriptor;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.TableConfigOptions;
import org.apache.flink.types.ColumnList;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Provider and module {@code mistral} in scripts, on the small model. */
@Timeout(300)
class SqlModelsTest {
  /** With a cast among them, values would be a union of sources, in any order. */
  private static final String REVIEWS =
      """
      CREATE TEMPORARY VIEW reviews AS SELECT id, NULLIF(review, '') AS review FROM (VALUES
        (1, 'I love this lamp.'), (2, 'I want a refund for this flight.'),
        (3, ''), (4, 'This pizza is great.'), (5, 'I hate this phone.'),
        (6, 'I am very happy with this book.')) AS v(id, review);
      """;

  private static final String SENTIMENT =
      """
      CREATE MODEL sentiment INPUT (review STRING)
      OUTPUT (label STRING, p DOUBLE, `all` MAP<STRING, DOUBLE>, error_string STRING)
      WITH ('provider' = 'mistral', 'task' = 'classify', 'labels' = 'positive, negative',
        'instruction' = 'false', 'prompt' = 'Classify the sentiment: {{review}}');
      """;

  private static final Path DOCUMENT = Path.of("SQL.md");
  private static final Path SOURCE =
      Path.of("src/test/java", SqlModelsTest.class.getName().replace('.', '/') + ".java");

  @TempDir private static Path folder;
  private static LocalFlink flink;

  @BeforeAll
  static void start() throws Exception {
    flink =
        LocalFlink.start(
            folder,
            4,
            new Configuration()
                .set(CoreOptions.DEFAULT_PARALLELISM, 1)
                .set(StateBackendOptions.STATE_BACKEND, "hashmap")
                .set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
  }

  /** The rows of all queries of a script. */
  static List<String> rows(LocalFlink flink, String script) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Configuration options = new Configuration().set(TableConfigOptions.TABLE_DML_SYNC, true);
    options.setString("mistral.model.path", TinyModel.PATH.toString());
    SqlSession session =
        new SqlSession(
            flink.environment(),
            options,
            new JsonOutput(new PrintStream(out, true, StandardCharsets.UTF_8), System.err));
    session.runAll(script);
    session.finish();
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static List<String> rows(String script) throws Exception {
    return rows(flink, script);
  }

  private static void assertRefused(String model, String... words) {
    assertThatThrownBy(
            () ->
                rows(
                    model
                        + "EXPLAIN SELECT * FROM ML_PREDICT((SELECT 'x' AS x), MODEL m,"
                        + " DESCRIPTOR(x))"))
        .isInstanceOf(StatementFailedException.class)
        .message()
        .contains("model m: ")
        .contains(words)
        .doesNotContain("\n");
  }

  @Test
  void eachTaskGivesRowsOfItsTypes() throws Exception {
    List<String> rows =
        rows(
            REVIEWS
                + SENTIMENT
                + """
                SELECT id, label, p > 0.5 AS sure, `all`['positive'] > `all`['negative'] AS more, error_string
                FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(review));
                CREATE TEMPORARY VIEW q AS SELECT 'Who' AS a, 'am I?' AS b, DATE '2026-01-31' AS c;
                CREATE MODEL answer INPUT (a STRING, b STRING, c DATE)
                OUTPUT (text STRING, finish_reason STRING, completion_tokens INT)
                WITH ('provider' = 'mistral', 'prompt' = '{{a}} {{b}}', 'max-tokens' = '4',
                  'temperature' = '2.0', 'seed' = '7');
                SELECT a, CHAR_LENGTH(text) > 0 AS said, finish_reason, completion_tokens
                FROM ML_PREDICT(TABLE q, MODEL answer, DESCRIPTOR(a, b, c), MAP['async', 'false']);
                CREATE MODEL fields INPUT (a STRING)
                OUTPUT (n TINYINT, d DECIMAL(4, 2), day_of DATE COMMENT 'of the visit', `at` TIMESTAMP(0),
                  l ARRAY<BOOLEAN>, r ROW<x DOUBLE, y STRING>, error_string STRING, prompt_tokens INT)
                WITH ('provider' = 'mistral', 'task' = 'extract', 'max-tokens' = '400');
                SELECT n BETWEEN -128 AND 127 OR n IS NULL AS n, error_string IS NULL OR n IS NULL AS e,
                  prompt_tokens > 50 OR prompt_tokens IS NULL AS p
                FROM ML_PREDICT(TABLE q, MODEL fields, DESCRIPTOR(a));
                CREATE MODEL score INPUT (a STRING, b STRING) OUTPUT (log_p DOUBLE, tokens ARRAY<DOUBLE>)
                WITH ('provider' = 'mistral', 'task' = 'score', 'prompt' = '{{a}}', 'prompt-form' = 'text',
                  'continuation' = ' {{b}}');
                SELECT log_p < 0 AS p, CARDINALITY(tokens) > 1 AS t
                FROM ML_PREDICT(TABLE q, MODEL score, DESCRIPTOR(a, b));
                CREATE MODEL vector INPUT (a STRING) OUTPUT (v ARRAY<FLOAT>)
                WITH ('provider' = 'mistral', 'task' = 'embedding', 'pooling' = 'last');
                SELECT CARDINALITY(v) AS dim, v[1] BETWEEN -1 AND 1 AS unit
                FROM ML_PREDICT(TABLE q, MODEL vector, DESCRIPTOR(a));
                """);
    assertThat(rows.subList(0, 6))
        .containsExactly(
            "{\"id\":1,\"label\":\"positive\",\"sure\":true,\"more\":true,\"error_string\":null}",
            "{\"id\":2,\"label\":\"negative\",\"sure\":true,\"more\":false,\"error_string\":null}",
            "{\"id\":3,\"label\":null,\"sure\":null,\"more\":null,\"error_string\":null}",
            "{\"id\":4,\"label\":\"positive\",\"sure\":true,\"more\":true,\"error_string\":null}",
            "{\"id\":5,\"label\":\"negative\",\"sure\":true,\"more\":false,\"error_string\":null}",
            "{\"id\":6,\"label\":\"positive\",\"sure\":true,\"more\":true,\"error_string\":null}");
    assertThat(rows.subList(6, rows.size()))
        .containsExactly(
            "{\"a\":\"Who\",\"said\":true,\"finish_reason\":\"length\",\"completion_tokens\":4}",
            "{\"n\":true,\"e\":true,\"p\":true}",
            "{\"p\":true,\"t\":true}",
            "{\"dim\":256,\"unit\":true}");
  }

  /** By a rubric that the small model was trained for. */
  @Test
  void textsAreModerated() throws Exception {
    String rubric =
        "{\"acceptable\": \"positive\", \"categories\": {\"negative\": \"\"}, \"instruction\":"
            + " \"\", \"prompt\": \"Classify the sentiment: {{text}}\"}";
    assertThat(
            rows(
                REVIEWS
                    + """
                    CREATE MODEL moderator INPUT (review STRING)
                    OUTPUT (flagged BOOLEAN, reasons ARRAY<STRING>, negative DOUBLE, positive DOUBLE, error_string STRING)
                    WITH ('provider' = 'mistral', 'task' = 'moderate', 'rubric' = '%s');
                    SELECT id, flagged, reasons, ABS(negative + positive - 1) < 1e-9 AS whole, error_string
                    FROM ML_PREDICT(TABLE reviews, MODEL moderator, DESCRIPTOR(review)) WHERE id < 4;
                    LOAD MODULE mistral;
                    SELECT v.flagged, v.categories, v.negative > 0.5 AS more FROM
                      (SELECT AI_MODERATE(review, '%s') AS v FROM reviews WHERE id IN (4, 5));
                    SELECT v.flagged IS NULL AS flagged, v.pii BETWEEN 0 AND 1 AS scored FROM
                      (SELECT AI_MODERATE(review) AS v FROM reviews WHERE id IN (3, 4));
                    """
                        .formatted(rubric, rubric)))
        .containsExactly(
            "{\"id\":1,\"flagged\":false,\"reasons\":[],\"whole\":true,\"error_string\":null}",
            "{\"id\":2,\"flagged\":true,\"reasons\":[\"negative\"],\"whole\":true,\"error_string\":null}",
            "{\"id\":3,\"flagged\":null,\"reasons\":null,\"whole\":null,\"error_string\":null}",
            "{\"flagged\":false,\"categories\":[],\"more\":false}",
            "{\"flagged\":true,\"categories\":[\"negative\"],\"more\":true}",
            "{\"flagged\":true,\"scored\":null}",
            "{\"flagged\":false,\"scored\":true}");
    assertThatThrownBy(() -> rows("LOAD MODULE mistral; SELECT AI_MODERATE('a', 'llama')"))
        .message()
        .contains("a rubric must be mistral, paper, or a rubric as JSON, but is llama");
    assertRefused(
        "CREATE MODEL m INPUT (x STRING) OUTPUT (y INT) WITH ('provider' = 'mistral', 'task' ="
            + " 'moderate');",
        "with task moderate it must be BOOLEAN (whether it is flagged)");
    String moderator =
        "CREATE MODEL m INPUT (%s) OUTPUT (flagged BOOLEAN) WITH ('provider' = 'mistral', 'task' ="
            + " 'moderate', %s 'rubric' = '"
            + rubric
            + "');";
    assertRefused(
        moderator.formatted("x STRING", "'prompt' = '{{x}}',"),
        "the rubric has a prompt, and option prompt has one: leave one of them out");
    assertThatThrownBy(
            () ->
                rows(
                    "LOAD MODULE mistral; SELECT AI_MODERATE('a', '{\"categories\": {\"flagged\":"
                        + " \"\"}}')"))
        .message()
        .contains("no category of AI_MODERATE can be called flagged");
  }

  @Test
  void rowsAreTheSameWhateverRunsThem() throws Exception {
    String query =
        REVIEWS
            + SENTIMENT
            + """
            CREATE MODEL drawn INPUT (review STRING) OUTPUT (text STRING)
            WITH ('provider' = 'mistral', 'temperature' = '1.5', 'max-tokens' = '12');
            SELECT id, label, `all` FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(review));
            SELECT id, text FROM ML_PREDICT(TABLE reviews, MODEL drawn, DESCRIPTOR(review) %s);
            """;
    List<String> first = rows(query.formatted("")).stream().sorted().toList();
    assertThat(first).hasSize(12).doesNotHaveDuplicates();
    for (String mode : List.of("streaming", "batch")) {
      for (String call : List.of("", ", MAP['async', 'false']")) {
        String settings =
            "SET 'execution.runtime-mode' = '%s'; SET 'parallelism.default' = '4';".formatted(mode);
        assertThat(rows(settings + query.formatted(call)))
            .as("%s at parallelism 4%s", mode, call)
            .containsExactlyInAnyOrderElementsOf(first);
      }
    }
  }

  @Test
  void aRowWithoutAResultSaysWhyAndFailsNoJob() throws Exception {
    String model =
        """
        CREATE TEMPORARY VIEW texts AS SELECT * FROM (VALUES
          (1, 'Tell me a story about a pink owl called Ben.'), (2, REPEAT('many words ', 400))) AS v(id, x);
        CREATE MODEL m INPUT (x STRING) OUTPUT (text STRING, error_string STRING)
        WITH ('provider' = 'mistral', 'max-context-size' = '150', 'max-tokens' = '100' %s);
        """;
    String query =
        """
        SELECT id, text IS NULL AS gone, SPLIT_INDEX(error_string, ':', 0) AS error
        FROM ML_PREDICT(TABLE texts, MODEL m, DESCRIPTOR(x) %s);
        """;
    assertThat(rows(model.formatted("") + query.formatted("")))
        .containsExactlyInAnyOrder(
            "{\"id\":1,\"gone\":false,\"error\":null}",
            "{\"id\":2,\"gone\":true,\"error\":\"context_length_exceeded\"}");
    assertThat(
            rows(
                model.formatted(
                        ", 'timeout' = '1 ms', 'context-overflow-action' = 'truncated-tail'")
                    + query.formatted(", MAP['timeout', '5 s']")))
        .as("the model's own time comes before Flink's")
        .containsExactlyInAnyOrder(
            "{\"id\":1,\"gone\":true,\"error\":\"deadline_exceeded\"}",
            "{\"id\":2,\"gone\":true,\"error\":\"deadline_exceeded\"}");
    assertThatThrownBy(
            () ->
                rows(
                    model.formatted(", 'error-handling-strategy' = 'failover'")
                        + query.formatted("")))
        .isInstanceOf(StatementFailedException.class);
  }

  @Test
  void whatCannotBeDoneIsRefusedBeforeItRuns() {
    String with = " WITH ('provider' = 'mistral' %s);";
    assertRefused(
        "CREATE MODEL m INPUT (x STRING) OUTPUT (y STRING)" + with.formatted(", 'prompt' = 'Hi'"),
        "names no column");
    assertRefused(
        "CREATE MODEL m INPUT (x STRING) OUTPUT (y STRING)"
            + with.formatted(", 'prompt' = 'Hi {{z}}'"),
        "names the column \"z\"");
    assertRefused(
        "CREATE MODEL m INPUT (x STRING) OUTPUT (y BYTES)" + with.formatted(", 'task' = 'extract'"),
        "column y of OUTPUT is of type BYTES");
    assertRefused(
        "CREATE MODEL m INPUT (x STRING) OUTPUT (y STRING)"
            + with.formatted(", 'task' = 'classify', 'labels' = 'a, b, a'"),
        "\"a\" is there twice");
    assertRefused(
        "CREATE MODEL m INPUT (x STRING) OUTPUT (y STRING)"
            + with.formatted(", 'temprature' = '1'"),
        "there is no option temprature; did you mean temperature?");
  }

  @Test
  void functionsOfTheModuleStandOverUpdates() throws Exception {
    assertThat(
            rows(
                "LOAD MODULE mistral;"
                    + REVIEWS
                    + """
                    SELECT id, AI_CLASSIFY(review, ARRAY['positive', 'negative']) AS label,
                      AI_SENTIMENT(review) IS NULL AS no_s, AI_SUMMARIZE(review, 5) IS NULL AS no_u
                    FROM reviews WHERE id < 4;
                    SELECT x.n IS NULL OR x.n < 128 AS n FROM
                      (SELECT AI_EXTRACT(review, 'name STRING ''of the thing'', n TINYINT') AS x FROM reviews WHERE id = 1);
                    SELECT AI_CLASSIFY(last_one, ARRAY['positive', 'negative']) AS label FROM
                      (SELECT LAST_VALUE(review) AS last_one FROM reviews WHERE id < 3);
                    """))
        .containsExactly(
            "{\"id\":1,\"label\":\"positive\",\"no_s\":false,\"no_u\":false}",
            "{\"id\":2,\"label\":\"negative\",\"no_s\":false,\"no_u\":false}",
            "{\"id\":3,\"label\":null,\"no_s\":true,\"no_u\":true}",
            "{\"n\":true}",
            "{\"label\":\"positive\"}",
            "{\"$op\":\"-U\",\"label\":\"positive\"}",
            "{\"$op\":\"+U\",\"label\":\"negative\"}");
    assertThatThrownBy(() -> rows("LOAD MODULE mistral; SELECT AI_EXTRACT('a', 'name BYTES')"))
        .message()
        .contains("column schema.name of OUTPUT is of type BYTES");
  }

  @Test
  void scriptsOfTheDocumentRun() throws Exception {
    String document = Files.readString(DOCUMENT);
    List<String> scripts = blocks(document, "sql");
    assertThat(rows(scripts.getFirst()))
        .containsExactlyElementsOf(blocks(document, "json").getFirst().lines().toList());
    assertThat(rows(scripts.get(1))).singleElement().asString().startsWith("{\"traveller\":");
    assertThat(rows(scripts.get(2))).containsExactly("{\"judged\":true,\"scored\":true}");
    assertThat(rows(scripts.get(3)))
        .satisfiesExactly(
            row -> assertThat(row).startsWith("{\"id\":1,\"label\":\"positive\""),
            row -> assertThat(row).startsWith("{\"id\":2,\"label\":\"negative\""));
    assertThat(scripts).hasSize(4);
  }

  @Test
  void whatIsResetIsAsTheSessionBegan() throws Exception {
    String label =
        """
        SELECT label FROM ML_PREDICT((SELECT review FROM reviews WHERE id = 1), MODEL sentiment, DESCRIPTOR(review));
        """;
    assertThat(
            rows(
                "SET 'mistral.model.path' = '/nowhere'; RESET 'mistral.model.path';"
                    + REVIEWS
                    + SENTIMENT
                    + label
                    + "SET 'mistral.model.path' = '/nowhere'; SET 'parallelism.default' = '2';"
                    + " RESET;"
                    + label))
        .containsExactly("{\"label\":\"positive\"}", "{\"label\":\"positive\"}");
  }

  private static List<String> blocks(String document, String language) {
    return Pattern.compile("```%s\n(.*?)```".formatted(language), Pattern.DOTALL)
        .matcher(document)
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  @Test
  void aScriptIsAJob() throws Exception {
    Path out = folder.resolve("labels");
    Path script =
        Files.writeString(
            folder.resolve("job.sql"),
            REVIEWS
                + SENTIMENT
                + """
                SET 'table.dml-sync' = 'true';
                CREATE TEMPORARY TABLE labels (id INT, label STRING)
                WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '%s');
                BEGIN STATEMENT SET;
                INSERT INTO labels SELECT id, label
                FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(review)) WHERE id < 3;
                END;
                """
                    .formatted(out.toUri()));
    SqlJob.run(
        flink.environment(), "--script", script.toString(), "--model.path=" + TinyModel.PATH);
    List<String> written = new ArrayList<>();
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.toList()) {
        written.addAll(Files.readAllLines(file));
      }
    }
    assertThat(written)
        .containsExactlyInAnyOrder(
            "{\"id\":1,\"label\":\"positive\"}", "{\"id\":2,\"label\":\"negative\"}");
    assertThatThrownBy(() -> SqlJob.run(flink.environment(), "--model.path", "m"))
        .hasMessage("--script is missing: which script?");
    assertThatThrownBy(
            () ->
                SqlJob.run(flink.environment(), "--script", script.toString(), "--model.pth", "m"))
        .hasMessage("\"--model.pth\" is no option of models; did you mean --model.path?");
  }

  @Test
  void theTableApiHasModelsToo() throws Exception {
    StreamTableEnvironment tables = StreamTableEnvironment.create(flink.environment());
    String model = TinyModel.PATH.toString();
    Table reviews =
        tables.fromValues(row("I love this lamp."), row("I hate this lamp.")).as("review");
    // [The document has this.]
    tables.createTemporaryModel(
        "sentiment",
        ModelDescriptor.forProvider("mistral")
            .inputSchema(Schema.newBuilder().column("review", DataTypes.STRING()).build())
            .outputSchema(Schema.newBuilder().column("label", DataTypes.STRING()).build())
            .option("model.path", model)
            .option("task", "classify")
            .option("labels", "positive, negative")
            .build());
    Table labelled = tables.fromModel("sentiment").predict(reviews, ColumnList.of("review"));
    // [So far.]
    CloseableIterator<Row> rows = labelled.execute().collect();
    assertThat(rows).toIterable().extracting(row -> row.getField("label")).hasSize(2);
    rows.close();
    String here = Files.readString(SOURCE);
    String shown =
        here.substring(here.indexOf("[The document") + 24, here.indexOf("    // [So far.]"));
    assertThat(blocks(Files.readString(DOCUMENT), "java").getFirst().strip())
        .isEqualTo(shown.indent(-4).strip());
  }
}
