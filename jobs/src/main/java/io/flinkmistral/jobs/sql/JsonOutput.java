package io.flinkmistral.jobs.sql;

import java.io.IOException;
import java.io.PrintStream;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** Rows as JSON objects, one a line; all else goes elsewhere. */
public final class JsonOutput implements SqlOutput {
  private final PrintStream rows;
  private final PrintStream messages;

  public JsonOutput(PrintStream rows, PrintStream messages) {
    this.rows = rows;
    this.messages = messages;
  }

  @Override
  public void rows(RowType type, CloseableIterator<Row> all) throws IOException {
    JsonRow json = new JsonRow(type);
    while (all.hasNext()) {
      rows.print(json.of(all.next()) + "\n");
      rows.flush(); // The next row may take long.
      if (rows.checkError()) {
        throw new IOException("nobody reads standard output any more");
      }
    }
  }

  @Override
  public void say(String text) {
    messages.println(text);
  }
}
