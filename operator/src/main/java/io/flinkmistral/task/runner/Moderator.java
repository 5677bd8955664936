package io.flinkmistral.task.runner;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessClient;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.ModerationReport.Judgement;
import io.flinkmistral.task.ModerationTask;
import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.work.ModerationRun;
import io.flinkmistral.task.work.TaskModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * Judges texts of turns, in the one batch of all who share the model: as a {@link ModerationTask}
 * does with records. Whoever asks waits for nothing, the encoding of the text included. Safe for
 * use by many threads.
 *
 * <p>What a text costs: it is taken in once, behind the rubric, whose whole pages all texts share;
 * then each category's answers, of {@link RubricCost#MOST_TOKENS} tokens at the most, on its pages.
 */
public final class Moderator implements AutoCloseable {
  /** Rubrics that are kept ready. */
  private static final int MOST_KNOWN = 64;

  private final LanguageModel model;
  private final StatelessSettings settings;
  private final StatelessClient client;
  private final ExecutorService encoder =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("moderator").factory());

  /** In the order of their last use; the encoder's own. */
  private final SequencedMap<ModerationTask, RubricCost> known =
      new LinkedHashMap<>(16, .75f, true);

  /**
   * @param settings of which the limit of a prompt's tokens is not that of rubrics with texts
   */
  public Moderator(LanguageModel model, StatelessSettings settings) {
    this.model = model;
    this.settings =
        new StatelessSettings(
            settings.batch(),
            settings.kvBytes(),
            settings.maxTokens(),
            Integer.MAX_VALUE,
            settings.sharing());
    this.client = model.stateless(this.settings);
  }

  /**
   * Judges a text. To cancel the future ends the work on it.
   *
   * @param moderation says by what
   * @param request whose text it is: it shares the rubric with the same others as its own beginning
   * @return fails with an {@link InvalidRequestException} where there is no such rubric, or no room
   *     for the text
   */
  public CompletableFuture<Judgement> judge(
      String text, Moderation moderation, AnswerOptions request) {
    CompletableFuture<Judgement> judgement = new CompletableFuture<>();
    try {
      encoder.execute(() -> begin(text, moderation, request, judgement));
    } catch (RejectedExecutionException e) {
      judgement.completeExceptionally(new IllegalStateException("the moderator was closed", e));
    }
    return judgement;
  }

  private void begin(
      String text,
      Moderation moderation,
      AnswerOptions request,
      CompletableFuture<Judgement> judgement) {
    if (judgement.isDone()) {
      return; // Cancelled meanwhile.
    }
    try {
      RubricCost rubric = rubric(ModerationTask.of(moderation));
      ModerationRun run = rubric.run();
      Map<String, String> texts = Map.of(Prompts.TEXT, text);
      FittedPrompt prompt = run.room(texts).fit(texts, run.prompts(), run::request);
      int tokens = rubric.tokens(prompt.tokens());
      CompletableFuture<List<double[]>> scores =
          client.score(prompt.tokens(), run.answers(), whose(request));
      judgement.whenComplete(
          (_, _) -> {
            if (judgement.isCancelled()) {
              scores.cancel(false);
            }
          });
      scores.whenComplete(
          (given, error) -> {
            if (error == null) {
              judgement.complete(new Judgement(run.verdict(given), tokens));
            } else {
              judgement.completeExceptionally(failure(error));
            }
          });
    } catch (Throwable e) { // It is this text's alone.
      judgement.completeExceptionally(failure(e));
    }
  }

  private RubricCost rubric(ModerationTask task) {
    RubricCost rubric = known.get(task);
    if (rubric == null) {
      TaskModel tasks = new TaskModel(model, client, settings, TaskLimits.DEFAULT);
      rubric = RubricCost.of(ModerationRun.of(tasks, task.rubric().template(), task));
      known.put(task, rubric);
      if (known.size() > MOST_KNOWN) {
        known.pollFirstEntry();
      }
    }
    return rubric;
  }

  /** With whom it shares, and nothing else that it asks for. */
  private static AnswerOptions whose(AnswerOptions request) {
    AnswerOptions whose =
        request.user().map(AnswerOptions.DEFAULT::withUser).orElse(AnswerOptions.DEFAULT);
    return request.cacheSalt().map(whose::withCacheSalt).orElse(whose);
  }

  /** What is wrong, in the words of a request. */
  private static Throwable failure(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof InvalidRequestException e
        && !e.parameter().startsWith(Moderation.PARAMETER)) {
      return new InvalidRequestException(
          Moderation.PARAMETER, e.code(), "a text cannot be judged: " + e.getMessage());
    }
    return cause;
  }

  /** Ends what has not ended: its futures fail. */
  @Override
  public void close() {
    encoder.shutdown();
    client.close();
  }
}
