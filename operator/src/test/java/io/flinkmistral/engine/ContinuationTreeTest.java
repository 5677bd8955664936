package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Continuations that are scored together, by a model whose scores tell what stood before. */
class ContinuationTreeTest {
  private static final int PAGE = 4;

  @Test
  void whatSeveralBeginWithIsTakenInOnce() {
    List<int[]> continuations =
        List.of(
            new int[] {1, 2, 3},
            new int[] {1, 2, 4, 5},
            new int[] {1, 2, 4, 6},
            new int[] {9},
            new int[] {7, 8});
    ContinuationTree tree = new ContinuationTree(continuations);
    assertThat(run(tree, 0)).containsExactlyInAnyOrder("1 2", "4", "7");
    assertScores(tree, continuations);
  }

  @Test
  void eachIsScoredAsIfItWereAlone() {
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      List<int[]> continuations = new ArrayList<>();
      Set<List<Integer>> inside = new HashSet<>();
      for (int i = 0; i < 1 + round % 7; i++) {
        int[] tokens = random.ints(1 + random.nextInt(9), 0, 3).toArray();
        continuations.add(tokens);
        for (int length = 1; length < tokens.length; length++) {
          inside.add(Arrays.stream(tokens).limit(length).boxed().toList());
        }
      }
      ContinuationTree tree = new ContinuationTree(continuations);
      List<String> runs = run(tree, random.nextInt(10));
      assertThat(runs.stream().mapToInt(run -> run.split(" ").length).sum())
          .as("each beginning once")
          .isEqualTo(inside.size());
      assertScores(tree, continuations);
    }
  }

  private record Open(ContinuationTree.Run run, List<Integer> before, int position) {}

  /** Scores all runs, and counts the pages that they begin or go on with. */
  private static List<String> run(ContinuationTree tree, int promptTokens) {
    List<String> texts = new ArrayList<>();
    long pages = 0;
    Deque<Open> open = new ArrayDeque<>(List.of(new Open(tree.first(), List.of(), promptTokens)));
    boolean first = true;
    while (!open.isEmpty()) {
      Open next = open.poll();
      int[] tokens = first ? new int[0] : next.run().tokens();
      List<Integer> before = new ArrayList<>(next.before());
      List<Double> scores = new ArrayList<>();
      for (int i = 0; i < next.run().candidates().size(); i++) {
        if (!first) {
          before.add(tokens[i]);
        }
        for (int candidate : next.run().candidates().get(i)) {
          scores.add(score(before, candidate));
        }
      }
      int end = next.position() + tokens.length;
      if (!first) {
        texts.add(String.join(" ", Arrays.stream(tokens).mapToObj(Integer::toString).toList()));
        pages += Math.ceilDiv(end, PAGE) - next.position() / PAGE;
      }
      first = false;
      next.run()
          .scored(
              scores.stream().mapToDouble(s -> s).toArray(),
              run -> open.add(new Open(run, List.copyOf(before), end)));
    }
    assertThat(tree.pages(promptTokens, PAGE)).isEqualTo(pages);
    return texts;
  }

  private static double score(List<Integer> before, int token) {
    return -before.hashCode() * 31.0 - token;
  }

  private static void assertScores(ContinuationTree tree, List<int[]> continuations) {
    List<double[]> scores = tree.scores();
    assertThat(scores).hasSameSizeAs(continuations);
    for (int i = 0; i < scores.size(); i++) {
      List<Integer> before = new ArrayList<>();
      for (int j = 0; j < continuations.get(i).length; j++) {
        int token = continuations.get(i)[j];
        assertThat(scores.get(i)[j]).isEqualTo(score(before, token));
        before.add(token);
      }
    }
  }
}
