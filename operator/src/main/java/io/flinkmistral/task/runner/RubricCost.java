package io.flinkmistral.task.runner;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.Rubric;
import io.flinkmistral.task.work.ModerationRun;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A rubric, and how many tokens it takes to judge a text by it.
 *
 * @param others prompts of texts that begin differently: what another text's prompt begins alike is
 *     the rubric's
 * @param answerTokens tokens of what may be answered that are taken in after a text: what several
 *     answers begin with once, and none of their last ones, which are scored and no more
 */
record RubricCost(ModerationRun run, List<int[]> others, int answerTokens) {
  /** The most tokens that a category costs, beside the text's. */
  static final int MOST_TOKENS = 30;

  /**
   * @throws InvalidRequestException where a category would take too many
   */
  static RubricCost of(ModerationRun run) {
    int tokens = answerTokens(run.answers());
    int most = MOST_TOKENS * run.names().size();
    if (tokens > most) {
      throw new InvalidRequestException(
          Rubric.PARAMETER,
          ErrorCode.REQUEST_TOO_LARGE,
          "the names of a rubric's %d categories take %d tokens, but at most %d are allowed: give them shorter ones"
              .formatted(run.names().size(), tokens, most));
    }
    return new RubricCost(run, List.of(promptOf(run, "a"), promptOf(run, "1")), tokens);
  }

  private static int answerTokens(List<int[]> answers) {
    Set<List<Integer>> taken = new HashSet<>();
    for (int[] answer : answers) {
      List<Integer> tokens = IntStream.of(answer).boxed().toList();
      for (int end = 1; end < answer.length; end++) {
        taken.add(tokens.subList(0, end));
      }
    }
    return taken.size();
  }

  private static int[] promptOf(ModerationRun run, String text) {
    return run.model()
        .model()
        .encodeTurn(true, run.request(run.prompts().of(Map.of(Prompts.TEXT, text))));
  }

  /** Tokens that judging takes in, but for whole pages of the rubric. */
  int tokens(int[] prompt) {
    int rubric = others.stream().mapToInt(other -> alike(prompt, other)).min().orElseThrow();
    return prompt.length - run.model().model().tokensOfWholePages(rubric) + answerTokens;
  }

  /** Tokens that both begin with. */
  private static int alike(int[] prompt, int[] other) {
    int different = Arrays.mismatch(prompt, other);
    return different < 0 ? prompt.length : different;
  }
}
