package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.batch.PassEnd;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.task.Rubric;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores over logits by which all four tokens are equally likely. */
class StatelessTaskTest {
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);

  private static final int VOCABULARY = 32_768;

  private final KvPagePool pool = new KvPagePool(LAYOUT);

  @AfterEach
  void free() {
    pool.close();
  }

  @Test
  void eachBranchHasAnOwnerBeforeTheNextIsMade() {
    StatelessTask.OfScores task =
        new StatelessTask.OfScores(
            new int[] {1, 2, 3},
            new ContinuationTree(List.of(new int[] {1, 2}, new int[] {3}, new int[] {0, 1, 2})));
    KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);
    List<Sequence> first = new ArrayList<>();
    task.begin(cache, first::add);
    List<Sequence> branches = new ArrayList<>();
    pass(
        task,
        first.getFirst(),
        branch -> {
          branches.add(branch);
          long pages = 1 + branches.size(); // Each has a copy of the page that is half full.
          assertThat(pool.bytesInUse()).isEqualTo(pages * LAYOUT.pageBytes());
        });
    assertThat(branches).hasSize(2);
    assertThat(task.result()).as("the longer ones lack tokens").isEmpty();
    branches.forEach(branch -> pass(task, branch, none -> assertThat(none).isNull()));
    assertThat(task.result().orElseThrow())
        .satisfiesExactly(
            scores -> assertThat(scores).containsExactly(quarters(2), Offset.offset(1e-12)),
            scores -> assertThat(scores).containsExactly(quarters(1), Offset.offset(1e-12)),
            scores -> assertThat(scores).containsExactly(quarters(3), Offset.offset(1e-12)));
  }

  /** Whatever is judged, it is taken in once; then 30 tokens of each category at the most. */
  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void aVerdictTakesTheTextOnceAndAFewTokensOfEachCategory(String version) {
    for (Rubric rubric : List.of(Rubric.MISTRAL, Rubric.PAPER)) {
      List<int[]> answers = new ArrayList<>();
      for (String name : rubric.names()) {
        List<String> texts =
            rubric == Rubric.PAPER ? List.of(name) : List.of(name + ": yes", name + ": no");
        texts.forEach(text -> answers.add(withEnd(version, text)));
      }
      int[] prompt = new int[1000];
      StatelessTask.OfScores task =
          new StatelessTask.OfScores(prompt, new ContinuationTree(answers));
      Deque<Sequence> open = new ArrayDeque<>();
      task.begin(new KvCache(LAYOUT, OptionalInt.empty(), pool, 0), open::add);
      int tokens = 0;
      while (!open.isEmpty()) {
        Sequence sequence = open.remove();
        tokens += sequence.pendingTokens();
        pass(task, sequence, VOCABULARY, open::add);
      }
      assertThat(task.result()).isPresent();
      assertThat(tokens - prompt.length)
          .isBetween(rubric.names().size(), 30 * rubric.names().size());
    }
  }

  private static int[] withEnd(String version, String text) {
    int[] tokens = InstructTemplate.ofName(version).encodeAnswer(Tokenizers.of(version), text);
    int[] whole = Arrays.copyOf(tokens, tokens.length + 1);
    whole[tokens.length] = 2;
    return whole;
  }

  private static double[] quarters(int tokens) {
    double[] scores = new double[tokens];
    Arrays.fill(scores, Math.log(0.25));
    return scores;
  }

  /** Takes in all that a sequence lacks. */
  private static void pass(
      StatelessTask.OfScores task, Sequence sequence, Consumer<Sequence> more) {
    pass(task, sequence, 4, more);
  }

  private static void pass(
      StatelessTask.OfScores task, Sequence sequence, int vocabulary, Consumer<Sequence> more) {
    int tokens = sequence.pendingTokens();
    int rows = sequence.nextInput(tokens).logitRows();
    sequence.cache().reserve(tokens);
    sequence.cache().advance(tokens);
    sequence.accept(new Logits(new float[vocabulary * rows], rows, vocabulary), 0, rows);
    assertThat(sequence.hasEnded()).isTrue();
    task.advanced(
        new Progress.Advanced(
            sequence, new PassEnd(0, 1, tokens), tokens, List.of(), true, List.of(), 0),
        more);
  }
}
