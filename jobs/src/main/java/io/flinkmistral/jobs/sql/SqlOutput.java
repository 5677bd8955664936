package io.flinkmistral.jobs.sql;

import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** Where a session's statements leave what they give. */
public interface SqlOutput {
  /** Rows of a query, as they come. */
  void rows(RowType type, CloseableIterator<Row> rows) throws Exception;

  /** What becomes of statements that give no rows: progress, and plans. */
  void say(String text);
}
