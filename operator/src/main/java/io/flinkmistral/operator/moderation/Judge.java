package io.flinkmistral.operator.moderation;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.mailbox.Mails;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ModerationReport.Judgement;
import io.flinkmistral.task.runner.Moderator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.util.function.ThrowingRunnable;

/** Has texts judged while the task's thread does other things. */
public final class Judge implements AutoCloseable {
  private final LanguageModel model;
  private final StatelessSettings settings;
  private final Mails mails;

  /** Of a task that is asked for judgements. */
  private Optional<Moderator> moderator = Optional.empty();

  private boolean closed;

  public Judge(LanguageModel model, StatelessSettings settings, Mails mails) {
    this.model = model;
    this.settings = settings;
    this.mails = mails;
  }

  /**
   * Begins to judge a text; one without words is not judged.
   *
   * @param request says by what
   * @param whenJudged is run as a mail, unless it is not judged or was cancelled
   */
  public JudgedText judge(
      String text, CompletionRequest request, ThrowingRunnable<Exception> whenJudged) {
    if (text.isBlank()) {
      return JudgedText.nothing();
    }
    if (moderator.isEmpty()) {
      moderator = Optional.of(new Moderator(model, settings));
    }
    CompletableFuture<Judgement> work =
        moderator.get().judge(text, request.turn().moderation().orElseThrow(), request.options());
    JudgedText judged = new JudgedText(work);
    work.whenComplete(
        (judgement, error) -> {
          if (!work.isCancelled()) {
            mails.post("take in a judgement", () -> take(judged, judgement, error, whenJudged));
          }
        });
    return judged;
  }

  private void take(
      JudgedText judged,
      Judgement judgement,
      Throwable error,
      ThrowingRunnable<Exception> whenJudged)
      throws Exception {
    if (!closed) {
      judged.take(judgement, error);
      whenJudged.run();
    }
  }

  @Override
  public void close() {
    closed = true;
    moderator.ifPresent(Moderator::close);
  }
}
