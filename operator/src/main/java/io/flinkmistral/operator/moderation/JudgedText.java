package io.flinkmistral.operator.moderation;

import io.flinkmistral.mailbox.PassFailure;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.ModerationReport.Judgement;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A text that is being judged, or was. It is over from a mail on, and so at no moment between. */
public final class JudgedText {
  private final CompletableFuture<Judgement> work;
  private boolean over;
  private Optional<Judgement> judgement = Optional.empty();
  private Optional<InvalidRequestException> failure = Optional.empty();

  JudgedText(CompletableFuture<Judgement> work) {
    this.work = work;
  }

  /** There is nothing to be judged. */
  static JudgedText nothing() {
    JudgedText nothing = new JudgedText(new CompletableFuture<>());
    nothing.over = true;
    return nothing;
  }

  /** The work has ended. */
  void take(Judgement given, Throwable error) throws Exception {
    if (error instanceof InvalidRequestException refused) {
      failure = Optional.of(refused);
    } else if (error != null) {
      throw PassFailure.of(error);
    }
    judgement = Optional.ofNullable(given);
    over = true;
  }

  /** Whether nothing more will come. */
  public boolean isOver() {
    return over;
  }

  /** What came of it, when it is over; none where there was nothing to be judged, or it failed. */
  public Optional<Judgement> judgement() {
    return judgement;
  }

  /** Whether something is wrong with it. */
  public boolean isFlagged() {
    return judgement.isPresent() && judgement.get().verdict().flagged();
  }

  /** Why it cannot be judged, where that is so. */
  public Optional<InvalidRequestException> failure() {
    return failure;
  }

  /** Nobody waits for it any more. */
  public void cancel() {
    work.cancel(false);
  }
}
