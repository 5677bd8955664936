package io.flinkmistral.jobs.evaluation.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.evaluation.statistics.Bootstrap;
import io.flinkmistral.jobs.json.QuestionResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  /** Of {@code all} questions those from {@code from} to {@code to} are right. */
  private static SortedMap<QuestionKey, QuestionResult> run(int all, int from, int to) {
    SortedMap<QuestionKey, QuestionResult> results = new TreeMap<>();
    for (int i = 0; i < all; i++) {
      boolean right = i >= from && i < to;
      results.put(
          new QuestionKey("sums/small", "q%03d".formatted(i)),
          new QuestionResult(
              "q%03d".formatted(i),
              "sums/small",
              right ? "4" : "5",
              Map.of("exact_match", right ? 1.0 : 0.0),
              from == 0 ? "fp_a" : "fp_b"));
    }
    return results;
  }

  @Test
  void changesAreCountedAndTested() {
    Comparison comparison = Comparison.of(run(100, 0, 60), run(102, 12, 62));
    assertThat(comparison.onlyFirst()).isZero();
    assertThat(comparison.onlySecond()).isEqualTo(2);
    Comparison.Pair pair = comparison.pairs().getFirst();
    assertThat(comparison.pairs()).hasSize(1);
    assertThat(pair.group()).isEqualTo("sums");
    assertThat(pair.first()).isEqualTo(0.6);
    assertThat(pair.second()).isEqualTo(0.5);
    assertThat(pair.sameAnswer()).isEqualTo(0.86);
    assertThat(pair.test().lost()).isEqualTo(12);
    assertThat(pair.test().won()).isEqualTo(2);
    assertThat(pair.test().probability()).isBetween(0.012, 0.013);
    // Two standard errors of the difference are 0.073.
    assertThat(pair.interval().low()).isBetween(-0.19, -0.15);
    assertThat(pair.interval().high()).isBetween(-0.05, -0.01);
    assertThat(comparison.changed()).hasSize(14);
  }

  @Test
  void theTextFitsATerminal() {
    String text = ComparisonText.of(Comparison.of(run(100, 0, 60), run(102, 40, 62)));
    assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(text)
        .startsWith(
            """
            first      fp_a
            second     fp_b
            questions  100 in both, 0 in the first alone, 2 in the second alone
            """)
        .containsPattern("sums +exact_match +100 +60.00 +22.00 +-38.00 +-\\d\\d.\\d -\\d\\d.\\d\n")
        .containsPattern("sums +exact_match +58.00 +40 +2 +0.0000\n")
        .contains(
            "42 answers have changed\n", "sums/small q000", "+ 4", "- 5", "... and 22 more\n");
  }

  @Test
  void aRunIsAsItself() {
    Comparison comparison = Comparison.of(run(10, 0, 5), run(10, 0, 5));
    assertThat(comparison.changed()).isEmpty();
    assertThat(comparison.pairs().getFirst().test().probability()).isEqualTo(1);
    assertThat(comparison.pairs().getFirst().interval()).isEqualTo(new Bootstrap(0, 0));
  }

  @Test
  void resultsOfTwoRunsInOneFolderAreRefused(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> ResultFiles.read(folder.resolve("none").toString()))
        .hasMessageContaining("there is no such folder");
    assertThatThrownBy(() -> ResultFiles.read(folder.toString()))
        .hasMessageContaining("has no results");
    String line = "{\"id\":\"1\",\"group\":\"g\",\"answer\":\"a\",\"metrics\":{\"acc\":1.0}}\n";
    Files.writeString(folder.resolve("part-1.jsonl"), line);
    Files.writeString(folder.resolve(".part-2.inprogress"), "{");
    assertThat(ResultFiles.read(folder.toString())).hasSize(1);
    Files.writeString(folder.resolve("part-3.jsonl"), line);
    assertThatThrownBy(() -> ResultFiles.read(folder.toString()))
        .hasMessageContaining("line 1: question 1 of group g has a result already");
    Files.writeString(folder.resolve("part-3.jsonl"), "{}\n");
    assertThatThrownBy(() -> ResultFiles.read(folder.toString()))
        .hasMessageContaining("metrics is missing");
  }
}
