package io.flinkmistral.evaluation;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessClient;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/**
 * Asks a model questions, in its one batch, beside all others. The same question has the same
 * outcome. Safe for use by many threads.
 */
public final class QuestionRunner implements AutoCloseable {
  private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  private final LanguageModel model;
  private final TextTokens tokens;
  private final StatelessClient client;
  private final long seed;

  /**
   * @param seed another one gives other answers where the temperature is not 0
   */
  public QuestionRunner(LanguageModel model, StatelessSettings settings, long seed) {
    this.model = model;
    this.tokens = new TextTokens(model);
    this.client = model.stateless(settings);
    this.seed = seed;
  }

  /**
   * Asks a question.
   *
   * @return what came of it; fails with an {@link InvalidRequestException} where it has no outcome,
   *     since it does not fit the context, say
   */
  public CompletableFuture<Outcome> ask(Question question) {
    try {
      return switch (question) {
        case Question.Choice choice -> choose(choice);
        case Question.Generation generation -> write(generation);
        case Question.Text text -> likelihood(text);
        case Question.Turn turn -> replay(turn);
      };
    } catch (InvalidRequestException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Options with one context are scored together, behind one reading of it. */
  private CompletableFuture<Outcome> choose(Question.Choice question) {
    Map<String, List<Integer>> byContext = new LinkedHashMap<>();
    for (int i = 0; i < question.options().size(); i++) {
      byContext.computeIfAbsent(question.options().get(i).context(), _ -> new ArrayList<>()).add(i);
    }
    Double[] sums = new Double[question.options().size()];
    List<CompletableFuture<Void>> parts = new ArrayList<>();
    for (List<Integer> places : byContext.values()) {
      List<TextTokens.Pair> pairs =
          places.stream()
              .map(question.options()::get)
              .map(option -> tokens.pair(option.context(), option.continuation()))
              .toList();
      parts.add(
          client
              .score(
                  pairs.getFirst().context(),
                  pairs.stream().map(TextTokens.Pair::continuation).toList())
              .thenAccept(
                  scores -> {
                    for (int i = 0; i < scores.size(); i++) {
                      sums[places.get(i)] = sum(scores.get(i));
                    }
                  }));
    }
    return whole(parts).thenApply(_ -> Outcome.Chosen.of(question, List.of(sums)));
  }

  private CompletableFuture<Outcome> write(Question.Generation question) {
    Question.Writing writing = question.writing();
    CompletionRequest request =
        CompletionRequest.of("seed " + seed, "%s/%s".formatted(question.group(), question.id()))
            .prompt(new Prompt.Text(question.prompt()))
            .sampling(new SamplingParams(writing.temperature(), 1, 0, 0, OptionalLong.empty()))
            .stop(
                StopConditions.DEFAULT
                    .withTexts(writing.until())
                    .withMaxTokens(writing.maxTokens()))
            .options(AnswerOptions.DEFAULT.withChoices(writing.samples()))
            .build();
    return client
        .complete(request, _ -> {})
        .thenApply(
            completion ->
                Outcome.Written.of(
                    question, completion.answers().stream().map(Answer::text).toList()));
  }

  /**
   * As many tokens as the old answer has, and its likelihood. The end of the turn is not compared:
   * it follows an answer whatever has ended it.
   */
  private CompletableFuture<Outcome> replay(Question.Turn turn) {
    if (!turn.tokenizer().equals(model.tokenizerFingerprint())) {
      throw new InvalidRequestException(
          "tokenizer",
          "the turn's tokens are of the tokenizer %s, and this model has %s: replay it with a model that has the old model's tokenizer"
              .formatted(turn.tokenizer(), model.tokenizerFingerprint()));
    }
    int[] old = withoutEnd(turn.answer());
    int[] scored = old.length == 0 ? turn.answer() : old;
    CompletionRequest request =
        CompletionRequest.of("seed " + seed, turn.id())
            .messages(List.of(new ChatMessage(Role.USER, turn.id())))
            .sampling(new SamplingParams(turn.temperature(), 1, 0, 0, OptionalLong.empty()))
            .maxTokens(scored.length)
            .build();
    return client
        .complete(turn.history(), request)
        .thenCombine(
            client.score(turn.history(), List.of(scored)),
            (completion, scores) -> {
              int[] written = withoutEnd(completion.historyTokens());
              int different = Arrays.mismatch(old, written);
              String text = model.textOf(old);
              return new Outcome.Replayed(
                  text,
                  model.textOf(written),
                  different < 0 ? OptionalInt.empty() : OptionalInt.of(different),
                  likelihood(text, sum(scores.getFirst()), scored.length));
            });
  }

  private int[] withoutEnd(int[] answer) {
    int last = answer.length - 1;
    return last >= 0 && answer[last] == model.eosId() ? Arrays.copyOf(answer, last) : answer;
  }

  private static Outcome.Likelihood likelihood(String text, double sum, int tokens) {
    return new Outcome.Likelihood(
        sum, tokens, SPACES.split(text, -1).length, text.getBytes(StandardCharsets.UTF_8).length);
  }

  private CompletableFuture<Outcome> likelihood(Question.Text question) {
    String text = question.text();
    // The engine wants room for one token behind what it scores, and each window follows a token.
    List<TextTokens.Pair> windows = tokens.windows(text, model.contextLimit() - 2);
    double[] sums = new double[windows.size()];
    List<CompletableFuture<Void>> parts = new ArrayList<>();
    int all = 0;
    for (int i = 0; i < windows.size(); i++) {
      TextTokens.Pair window = windows.get(i);
      int place = i;
      all += window.continuation().length;
      parts.add(
          client
              .score(window.context(), List.of(window.continuation()))
              .thenAccept(scores -> sums[place] = sum(scores.getFirst())));
    }
    int tokensOfText = all;
    return whole(parts).thenApply(_ -> likelihood(text, sum(sums), tokensOfText));
  }

  /** When all parts are there. */
  private static CompletableFuture<Void> whole(List<CompletableFuture<Void>> parts) {
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).reduce(0, Double::sum);
  }

  /** Of all that outcomes depend on, beside questions and seed. */
  public String fingerprint() {
    return model.systemFingerprint();
  }

  /** Ends what has not ended: its futures fail. */
  @Override
  public void close() {
    client.close();
  }
}
