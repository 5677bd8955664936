package io.flinkmistral.jobs.evaluation;

import io.flinkmistral.jobs.evaluation.report.Report;
import io.flinkmistral.jobs.evaluation.report.ReportJson;
import io.flinkmistral.jobs.evaluation.report.ReportPicture;
import io.flinkmistral.jobs.evaluation.report.ReportText;
import io.flinkmistral.jobs.evaluation.report.Tallies;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * The files of a report, on any of Flink's file systems. To write them again makes the same files.
 *
 * @param folder that they are in
 * @param model what has answered
 */
record ReportFiles(String folder, String model) implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String TEXT = "report.txt";

  void write(Map<String, double[]> tallies) throws IOException {
    Report report = Report.of(model, Tallies.ofArrays(tallies));
    write(TEXT, ReportText.of(report));
    write("report.svg", ReportPicture.of(report));
    write("report.json", ReportJson.of(report));
  }

  private void write(String name, String text) throws IOException {
    Path path = new Path(folder, name);
    try (FSDataOutputStream out =
        path.getFileSystem().create(path, FileSystem.WriteMode.OVERWRITE)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  String text() throws IOException {
    Path path = new Path(folder, TEXT);
    try (FSDataInputStream in = path.getFileSystem().open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
