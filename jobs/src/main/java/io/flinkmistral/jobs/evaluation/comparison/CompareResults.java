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

  /** Takes the folders of the two runs' results. */
  public static void main(String[] arguments) {
    if (arguments.length != 2) {
      System.err.println(
          "two folders of results are needed: that of the first run, and that of the second");
      System.exit(2);
    }
    try {
      System.out.print(text(arguments[0], arguments[1]));
    } catch (IOException e) {
      System.err.println(Failures.line(e));
      System.exit(1);
    }
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
