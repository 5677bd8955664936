package io.flinkmistral.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.flinkmistral.jobs.CommittedRecords;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.table.MistralTables;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.UniqueConstraint;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.types.ColumnList;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables that change, enriched with the small model, which was trained to label sentiments. */
@Timeout(300)
class ChangingTablesTest {
  private static final LocalDateTime AT = LocalDateTime.of(2026, 1, 31, 12, 30, 15, 123_000_000);

  private static final Schema REVIEWS =
      Schema.newBuilder()
          .column("id", DataTypes.INT().notNull())
          .column("review", DataTypes.STRING())
          .column("price", DataTypes.DECIMAL(10, 2))
          .column("at", DataTypes.TIMESTAMP(3))
          .column("tags", DataTypes.ARRAY(DataTypes.STRING()))
          .primaryKey("id")
          .build();

  private static final String SENTIMENT =
      """
      CREATE MODEL sentiment INPUT (txt STRING)
      OUTPUT (label STRING, p DOUBLE, `all` MAP<STRING, DOUBLE>, error_string STRING)
      WITH ('provider' = 'mistral', 'task' = 'classify', 'labels' = 'positive, negative',
        'instruction' = 'false', 'prompt' = 'Classify the sentiment: {{txt}}',
        'max-context-size' = '80')\
      """;

  @TempDir private static Path folder;
  private static LocalFlink flink;

  @BeforeAll
  static void start() throws Exception {
    flink = TestTables.startFlink(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
  }

  private static TestTables session(int parallelism, RuntimeExecutionMode mode) {
    TestTables session = TestTables.of(flink, parallelism, mode);
    session.tables().executeSql(SENTIMENT);
    return session;
  }

  private static Row review(RowKind kind, int id, String text, String price) {
    return Row.ofKind(kind, id, text, new BigDecimal(price), AT, new String[] {"a", null});
  }

  /** What a database says of a table, as a retract stream; without {@code -U} an upsert stream. */
  private static List<Row> changes(boolean retract) {
    List<Row> all =
        List.of(
            review(RowKind.INSERT, 1, "I love this lamp.", "1.00"),
            review(RowKind.INSERT, 2, "I hate this phone.", "2.00"),
            review(RowKind.INSERT, 3, "I love this hotel.", "3.00"),
            review(RowKind.INSERT, 4, null, "4.00"),
            review(RowKind.INSERT, 5, "word ".repeat(100), "5.00"),
            review(RowKind.UPDATE_BEFORE, 1, "I love this lamp.", "1.00"),
            review(RowKind.UPDATE_AFTER, 1, "I love this lamp.", "1.50"),
            review(RowKind.UPDATE_BEFORE, 2, "I hate this phone.", "2.00"),
            review(RowKind.UPDATE_AFTER, 2, "I love this phone.", "2.00"),
            review(RowKind.DELETE, 3, "I love this hotel.", "3.00"),
            review(RowKind.INSERT, 6, "I hate this movie.", "6.00"));
    return all.stream().filter(row -> retract || row.getKind() != RowKind.UPDATE_BEFORE).toList();
  }

  private static Table reviews(TestTables session, List<Row> changes, ChangelogMode mode) {
    return session
        .tables()
        .fromChangelogStream(
            session
                .env()
                .fromData(
                    changes,
                    Types.ROW_NAMED(
                        new String[] {"id", "review", "price", "at", "tags"},
                        Types.INT,
                        Types.STRING,
                        Types.BIG_DEC,
                        Types.LOCAL_DATE_TIME,
                        Types.OBJECT_ARRAY(Types.STRING)))
                .setParallelism(1),
            REVIEWS,
            mode);
  }

  private static Table labelled(TestTables session, Table reviews) {
    StreamTableEnvironment tables = session.tables();
    return MistralTables.enrich(
        tables,
        reviews,
        tables.fromModel("sentiment"),
        ColumnList.of("review"),
        ColumnList.of("id"));
  }

  /** What a table has when all its changes are done. */
  private static Map<Object, Row> rows(Table table) throws Exception {
    Map<Object, Row> rows = new HashMap<>();
    CloseableIterator<Row> changes = table.execute().collect();
    while (changes.hasNext()) {
      Row change = changes.next();
      switch (change.getKind()) {
        case INSERT, UPDATE_AFTER -> {
          change.setKind(RowKind.INSERT);
          rows.put(change.getField(0), change);
        }
        case UPDATE_BEFORE, DELETE -> rows.remove(change.getField(0));
      }
    }
    changes.close();
    return rows;
  }

  @ParameterizedTest
  @CsvSource({"false, 1", "false, 4", "true, 1", "true, 4"})
  void theTableIsInTheEndTheSame(boolean retract, int parallelism) throws Exception {
    TestTables session = session(parallelism, RuntimeExecutionMode.STREAMING);
    Map<Object, Row> rows =
        rows(
            labelled(
                session,
                reviews(
                    session,
                    changes(retract),
                    retract ? ChangelogMode.all() : ChangelogMode.upsert())));
    assertThat(rows).containsOnlyKeys(1, 2, 4, 5, 6);
    assertThat(rows.get(1).getField("label")).isEqualTo("positive");
    assertThat(rows.get(1).getField("price")).isEqualTo(new BigDecimal("1.50"));
    assertThat(rows.get(1).getField("at")).isEqualTo(AT);
    assertThat(rows.get(1).getField("tags")).isEqualTo(new String[] {"a", null});
    assertThat(rows.get(2).getField("label")).isEqualTo("positive");
    assertThat((Map<?, ?>) rows.get(2).getField("all"))
        .extracting(Map::keySet)
        .isEqualTo(Set.of("positive", "negative"));
    assertThat(rows.get(4).getField("label")).isNull();
    assertThat(rows.get(4).getField("error_string")).isNull();
    assertThat(rows.get(5).getField("label")).isNull();
    assertThat((String) rows.get(5).getField("error_string"))
        .startsWith("context_length_exceeded: ");
    assertThat(rows.get(6).getField("label")).isEqualTo("negative");
  }

  @Test
  void sqlGoesOnWithAView() throws Exception {
    TestTables session = session(2, RuntimeExecutionMode.STREAMING);
    StreamTableEnvironment tables = session.tables();
    Table labelled = labelled(session, reviews(session, changes(true), ChangelogMode.all()));
    assertThat(labelled.getResolvedSchema().getPrimaryKey())
        .map(UniqueConstraint::getColumns)
        .contains(List.of("id"));
    assertThat(labelled.getResolvedSchema().getColumns())
        .extracting(Column::getName, Column::getDataType)
        .startsWith(
            tuple("id", DataTypes.INT().notNull()),
            tuple("review", DataTypes.STRING()),
            tuple("price", DataTypes.DECIMAL(10, 2)),
            tuple("at", DataTypes.TIMESTAMP(3)))
        .endsWith(tuple("error_string", DataTypes.STRING()));
    tables.createTemporaryView("labelled", labelled);
    Map<Object, Row> counts =
        rows(
            tables.sqlQuery(
                "SELECT label, COUNT(*) AS n, SUM(price) AS s FROM labelled"
                    + " WHERE label IS NOT NULL GROUP BY label"));
    assertThat(counts)
        .containsOnly(
            Map.entry("positive", Row.of("positive", 2L, new BigDecimal("3.50"))),
            Map.entry("negative", Row.of("negative", 1L, new BigDecimal("6.00"))));
  }

  @Test
  void aBatchJobHasTheSameResults() throws Exception {
    List<Row> inserts =
        changes(false).stream().filter(row -> row.getKind() == RowKind.INSERT).toList();
    List<Map<Object, Row>> results = new ArrayList<>();
    for (RuntimeExecutionMode mode :
        List.of(RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH)) {
      TestTables session = session(2, mode);
      results.add(rows(labelled(session, reviews(session, inserts, ChangelogMode.insertOnly()))));
    }
    assertThat(results.get(0)).hasSize(6);
    assertThat(results.get(1).toString()).isEqualTo(results.get(0).toString());
  }

  @Test
  void aTopicOfUpsertsBecomesAnother() throws Exception {
    try (LocalBroker broker = LocalBroker.start(folder.resolve("broker"))) {
      broker.createTopics(List.of("reviews", "labelled"), 2, Map.of("cleanup.policy", "compact"));
      send(
          broker,
          "1=I love this lamp.",
          "2=I hate this phone.",
          "3=I love this hotel.",
          "2=I love this phone.",
          "3=",
          "9=");
      StreamTableEnvironment tables = session(2, RuntimeExecutionMode.STREAMING).tables();
      for (String table : List.of("reviews", "labelled")) {
        tables.executeSql(
            """
            CREATE TABLE %s (id INT, review STRING%s, PRIMARY KEY (id) NOT ENFORCED) WITH (
              'connector' = 'upsert-kafka', 'topic' = '%s', 'key.format' = 'json',
              'value.format' = 'json', %s 'properties.bootstrap.servers' = '%s')\
            """
                .formatted(
                    table,
                    // Of a deletion there is the key alone, whatever the columns are.
                    table.equals("labelled") ? ", label STRING" : " NOT NULL",
                    table,
                    table.equals("reviews") ? "'scan.bounded.mode' = 'latest-offset'," : "",
                    broker.bootstrapServers()));
      }
      tables.createTemporaryView(
          "with_labels",
          MistralTables.enrich(
              tables,
              tables.from("reviews"),
              tables.fromModel("sentiment"),
              ColumnList.of("review")));
      tables.executeSql("INSERT INTO labelled SELECT id, review, label FROM with_labels").await();
      assertThat(committed(broker))
          .containsOnly(
              Map.entry(
                  "{\"id\":1}",
                  "{\"id\":1,\"review\":\"I love this lamp.\",\"label\":\"positive\"}"),
              Map.entry(
                  "{\"id\":2}",
                  "{\"id\":2,\"review\":\"I love this phone.\",\"label\":\"positive\"}"));
    }
  }

  /** As {@code id=text}; without a text, a deletion. */
  private static void send(LocalBroker broker, String... changes) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer())) {
      for (String change : changes) {
        String[] parts = change.split("=", 2);
        String value =
            parts[1].isEmpty()
                ? null
                : "{\"id\":%s,\"review\":\"%s\"}".formatted(parts[0], parts[1]);
        producer.send(new ProducerRecord<>("reviews", "{\"id\":%s}".formatted(parts[0]), value));
      }
      producer.flush();
    }
  }

  /** What the topic has in the end. */
  private static Map<String, String> committed(LocalBroker broker) {
    Map<String, String> table = new HashMap<>();
    try (CommittedRecords records = new CommittedRecords(broker.bootstrapServers(), "labelled")) {
      while (!records.isAtEnd()) {
        records
            .poll(Duration.ofSeconds(1))
            .forEach(
                record -> {
                  String key = new String(record.key(), StandardCharsets.UTF_8);
                  if (record.value() == null) {
                    table.remove(key);
                  } else {
                    table.put(key, new String(record.value(), StandardCharsets.UTF_8));
                  }
                });
      }
    }
    return table;
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    TestTables session = session(1, RuntimeExecutionMode.STREAMING);
    StreamTableEnvironment tables = session.tables();
    Table reviews = reviews(session, changes(true), ChangelogMode.all());
    refuses(
        tables, reviews, "reviw", "id", "among the table's: id, review", "did you mean review?");
    refuses(tables, reviews, "price", "id", "column price is of type DECIMAL(10, 2)", "cast it");
    refuses(tables, reviews, "review", "key", "the key has column key");
    refuses(
        tables,
        tables.sqlQuery("SELECT id, review, review AS label FROM " + reviews),
        "review",
        "id",
        "column label is in the table as well");
    assertThatThrownBy(
            () ->
                MistralTables.enrich(
                    tables,
                    tables.sqlQuery("SELECT review FROM " + reviews),
                    tables.fromModel("sentiment"),
                    ColumnList.of("review")))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("declares no primary key");
  }

  private static void refuses(
      StreamTableEnvironment tables, Table table, String input, String key, String... words) {
    assertThatThrownBy(
            () ->
                MistralTables.enrich(
                    tables,
                    table,
                    tables.fromModel("sentiment"),
                    ColumnList.of(input),
                    ColumnList.of(key)))
        .isInstanceOf(ValidationException.class)
        .hasMessageContainingAll(words);
  }
}
