package io.flinkmistral.jobs.evaluation.comparison;

import io.flinkmistral.jobs.Failures;
import java.io.IOException;

/**
 * Shows two runs of the evaluation job side by side:
 *
 * <pre>{@code
 * java -cp flink-mistral-jobs-*.jar:flink/lib/* \
 *   io.flinkmistral.jobs.evaluation.comparison.CompareResults /data/f16 /data/q4_0
 * }</pre>
 */
public final class CompareResults {
  private CompareResults() {}

  /** Takes the folders of the two runs' results, or that of a run that has replayed turns. */
  public static void main(String[] arguments) {
    if (arguments.length != 1 && arguments.length != 2) {
      System.err.println(
          "two folders of results are needed: that of the first run, and that of the second;"
              + " or the one of a run that has replayed turns");
      System.exit(2);
    }
    try {
      System.out.print(
          arguments.length == 1 ? textOfReplay(arguments[0]) : text(arguments[0], arguments[1]));
    } catch (IOException e) {
      System.err.println(Failures.line(e));
      System.exit(1);
    }
  }

  /**
   * What was recorded and what a replay has said, side by side.
   *
   * @throws IOException if the folder has no results of replayed turns
   */
  public static String textOfReplay(String folder) throws IOException {
    return ComparisonText.of(
        Comparison.of(ResultFiles.readRecorded(folder), ResultFiles.read(folder)));
  }

  /**
   * Two runs side by side.
   *
   * @throws IOException if a folder has no results
   */
  public static String text(String first, String second) throws IOException {
    return ComparisonText.of(Comparison.of(ResultFiles.read(first), ResultFiles.read(second)));
  }
}
