package io.flinkmistral.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.sql.SqlScript.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqlScriptTest {
  private static List<String> texts(String script) {
    return SqlScript.statements(script).stream().map(Statement::text).toList();
  }

  @Test
  void semicolonsEndStatementsAndTheLastNeedsNone() {
    assertThat(SqlScript.statements("SELECT 1;\n\n SELECT 2\n;;\nSELECT 3"))
        .containsExactly(
            new Statement("SELECT 1", 1),
            new Statement("SELECT 2", 3),
            new Statement("SELECT 3", 5));
  }

  @Test
  void semicolonsOfTextsNamesAndCommentsEndNothing() {
    assertThat(texts("SELECT 'a;''b;', `c;d`, \"e;\" -- f;\n, 1 /* g; */ FROM t; SELECT 2"))
        .containsExactly("SELECT 'a;''b;', `c;d`, \"e;\" -- f;\n, 1 /* g; */ FROM t", "SELECT 2");
  }

  @Test
  void commentsAloneAreNoStatement() {
    assertThat(texts("-- nothing;\n/* at; all */\n;  ")).isEmpty();
    assertThat(SqlScript.statements("-- one\nSELECT 1"))
        .containsExactly(new Statement("SELECT 1", 2));
  }

  @Test
  void aStatementSetEndsWithItsEnd() {
    String set =
        "EXECUTE STATEMENT SET\n"
            + "BEGIN\n"
            + "INSERT INTO a SELECT `END` FROM t;\n"
            + "INSERT INTO b VALUES ('END;');\n"
            + "end";
    assertThat(texts(set + "; SELECT 1;")).containsExactly(set, "SELECT 1");
    assertThat(texts("BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END; SELECT 2"))
        .containsExactly("BEGIN STATEMENT SET", "INSERT INTO a SELECT 1", "END", "SELECT 2");
  }

  @Test
  void anEndOfACaseEndsNoStatementSet() {
    String set =
        "EXECUTE STATEMENT SET BEGIN\n"
            + "INSERT INTO a SELECT CASE WHEN x = 1 THEN 'one' ELSE 2 END;\n"
            + "INSERT INTO b SELECT CASE x WHEN 1 THEN 2 /* or */ END; -- and\n"
            + "END";
    assertThat(texts(set + "; SELECT CASE WHEN TRUE THEN 1 END; SELECT 2"))
        .containsExactly(set, "SELECT CASE WHEN TRUE THEN 1 END", "SELECT 2");
  }

  @Test
  void whatIsNotCompleteIsLeft() {
    assertThat(SqlScript.split("SELECT 1; SELECT 'a;").rest()).isEqualTo("SELECT 'a;");
    assertThat(SqlScript.split("SELECT 1; -- and that is all\n").rest()).isEmpty();
    assertThat(SqlScript.split("EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1;").rest())
        .startsWith("EXPLAIN");
  }
}
