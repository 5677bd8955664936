package io.flinkmistral.jobs.evaluation;

import java.io.IOException;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Writes the report when there is one; once more, where the job goes on from before that. */
record ReportSink(ReportFiles files) implements Sink<Map<String, double[]>> {
  private static final long serialVersionUID = 1L;

  @Override
  public SinkWriter<Map<String, double[]>> createWriter(WriterInitContext context) {
    return new Writer(files);
  }

  private record Writer(ReportFiles files) implements SinkWriter<Map<String, double[]>> {
    @Override
    public void write(Map<String, double[]> tallies, Context context) throws IOException {
      files.write(tallies);
    }

    @Override
    public void flush(boolean endOfInput) {
      // It is written at once.
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}
