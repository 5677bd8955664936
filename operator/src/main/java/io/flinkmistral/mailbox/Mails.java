package io.flinkmistral.mailbox;

import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.util.function.ThrowingRunnable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is to be done on the task's thread; may be asked for on any thread. */
public final class Mails {
  private static final Logger LOG = LoggerFactory.getLogger(Mails.class);

  private final MailboxExecutor mailbox;
  private final Consumer<Throwable> failTask;

  /**
   * @param failTask fails the task from outside
   */
  public Mails(MailboxExecutor mailbox, Consumer<Throwable> failTask) {
    this.mailbox = mailbox;
    this.failTask = failTask;
  }

  /** Has {@code mail} done, unless the task stops before. */
  public void post(String purpose, ThrowingRunnable<Exception> mail) {
    try {
      mailbox.execute(mail, purpose);
    } catch (RejectedExecutionException stopped) {
      // The task has stopped, perhaps with a savepoint: what is in state goes on elsewhere. To do
      // anything here, even to fail, would answer requests twice.
      LOG.debug("the task has stopped, and does not {}", purpose);
    } catch (Throwable unposted) { // There is no memory for a mail: then without one.
      failTask.accept(unposted);
    }
  }
}
