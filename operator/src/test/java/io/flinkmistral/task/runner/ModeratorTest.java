package io.flinkmistral.task.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.PrefixSharing;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.Moderation.Action;
import io.flinkmistral.protocol.Moderation.Judged;
import io.flinkmistral.protocol.ModerationReport.Judgement;
import io.flinkmistral.task.ModerationTask;
import io.flinkmistral.task.TinyTasks;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.work.TaskResult;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What it costs to judge a text. With one token a pass, passes are tokens. */
@Timeout(120)
class ModeratorTest {
  private static final StatelessSettings ONE_TOKEN_A_PASS =
      new StatelessSettings(
          new BatchLimits(1, 1),
          64L << 20,
          60,
          4,
          new PrefixSharing(64L << 20, PrefixSharing.Scope.ALL));
  private static final Moderation MISTRAL = Moderation.of(Judged.BOTH, Action.FLAG);

  private static LanguageModel model;
  private static Moderator moderator;

  @BeforeAll
  static void load() throws Exception {
    model = TinyTasks.model();
    moderator = new Moderator(model, ONE_TOKEN_A_PASS);
  }

  @AfterAll
  static void close() {
    moderator.close();
    model.close();
  }

  private static Judgement judge(String text, Moderation moderation) {
    return moderator.judge(text, moderation, AnswerOptions.DEFAULT).join();
  }

  /** The prefill of the text, and at most 30 tokens a category. */
  @ParameterizedTest
  @ValueSource(strings = {"mistral", "paper"})
  void aTextCostsItsOwnTokensAndThoseOfTheCategories(String rubric) {
    Moderation moderation = MISTRAL.withRubric(rubric);
    judge("The first one takes the rubric in.", moderation);
    for (String text : List.of("What will it cost?", "Hello? ".repeat(50).strip())) {
      long before = model.engine().passes();
      Judgement judgement = judge(text, moderation);
      long taken = model.engine().passes() - before;
      assertThat(judgement.tokens()).isEqualTo((int) taken);
      int ofText = model.tokenizer().encode(text).length;
      int ofPage = model.kvLayout().pageTokens();
      int ofTemplate = 8;
      int categories = ModerationTask.of(moderation).rubric().names().size();
      assertThat(taken)
          .isGreaterThan(ofText)
          .isLessThan(ofText + ofPage + ofTemplate + 30L * categories);
    }
  }

  @Test
  void aTextCostsLessWhereFewerCategoriesAreAskedFor() {
    int all = judge("I hate this lamp.", MISTRAL).tokens();
    int one = judge("I hate this lamp.", MISTRAL.withCategories(List.of("pii"))).tokens();
    assertThat(one).isLessThan(all);
  }

  @Test
  void aVerdictIsThatOfTheTaskWithRecords() {
    try (TaskRunner tasks = new TaskRunner(model, TinyTasks.SETTINGS)) {
      ModerationTask task = ModerationTask.of(MISTRAL);
      TaskResult.Moderation result =
          (TaskResult.Moderation)
              tasks
                  .bind(task.rubric().template(), task, TaskLimits.DEFAULT)
                  .run(Map.of("text", "I hate this lamp."))
                  .join();
      assertThat(judge("I hate this lamp.", MISTRAL).verdict()).isEqualTo(result.verdict());
    }
  }

  @Test
  void whatHasNoRoomIsRefusedInTheRequestsWords() {
    assertThatThrownBy(() -> judge("dog ".repeat(20_000), MISTRAL))
        .hasRootCauseInstanceOf(InvalidRequestException.class)
        .rootCause()
        .satisfies(
            e -> {
              InvalidRequestException refused = (InvalidRequestException) e;
              assertThat(refused.parameter()).isEqualTo("moderation");
              assertThat(refused.code()).isEqualTo(ErrorCode.CONTEXT_LENGTH_EXCEEDED);
              assertThat(refused).hasMessageStartingWith("a text cannot be judged: the prompt has");
            });
  }

  @Test
  void whoIsClosedFailsWhatIsAsked() throws Exception {
    Moderator closed = new Moderator(model, ONE_TOKEN_A_PASS);
    CompletableFuture<Judgement> before =
        closed.judge("dog ".repeat(100), MISTRAL, AnswerOptions.DEFAULT);
    closed.close();
    CompletableFuture<Judgement> after = closed.judge("Hi", MISTRAL, AnswerOptions.DEFAULT);
    assertThatThrownBy(after::join).hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(before::join).hasCauseInstanceOf(IllegalStateException.class);
  }
}
