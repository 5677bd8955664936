package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.reset;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.Moderation.Action;
import io.flinkmistral.protocol.Moderation.Judged;
import io.flinkmistral.protocol.ModerationReport;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Turns that are judged, by a rubric whose right labels the small model knows. */
@Timeout(300)
class ModeratedTurnsTest {
  private static final String SENTIMENT =
      """
      {"acceptable": "positive", "categories": {"negative": ""},
       "instruction": "", "prompt": "Classify the sentiment: {{text}}"}\
      """;
  private static final String GOOD = "I love this lamp.";
  private static final String BAD = "I hate this lamp.";

  private static Moderation by(Judged judged, Action action) {
    return Moderation.of(judged, action).withRubric(SENTIMENT);
  }

  private static CompletionRequest judged(CompletionRequest request, Moderation moderation) {
    return request.but().turn(request.turn().withModeration(Optional.of(moderation))).build();
  }

  private static CompletionRequest judged(CompletionRequest request, Judged judged, Action action) {
    return judged(request, by(judged, action));
  }

  /** One whose answer is this text, and what little the model adds to it. */
  private static CompletionRequest answering(String id, String conversation, String text) {
    return CompletionRequest.of(id, conversation)
        .prompt(
            new Prompt.Chat(
                List.of(
                    new ChatMessage(Role.USER, "Say something."),
                    new ChatMessage(Role.ASSISTANT, text)),
                List.of(),
                true))
        .maxTokens(2)
        .build();
  }

  private static CompletionRequest streamed(CompletionRequest request) {
    return request.but().options(request.options().withStream(true)).build();
  }

  private static CompletionRequest until(Duration deadline, CompletionRequest request) {
    return request.but().schedule(new Schedule(0, OptionalLong.of(deadline.toMillis()))).build();
  }

  private static List<Chunk> pieces(OperatorHarness operator, String id) {
    return operator.events().stream()
        .filter(event -> event.requestId().equals(id) && event instanceof Chunk)
        .map(Chunk.class::cast)
        .toList();
  }

  private static ModerationReport report(OperatorHarness operator, String id) {
    return operator.completed(id).answer().moderation().orElseThrow();
  }

  /** A request that is alone in its job. */
  private static Completed alone(CompletionRequest request) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request);
      operator.runUntilAnswered(1);
      return operator.completed(request.requestId());
    }
  }

  /** Runs until the whole answer is in state and its judgement is still to come. */
  private static OperatorSubtaskState untilJudging(OperatorHarness operator, String conversation)
      throws Exception {
    Conversation state = operator.state().of(new ConversationKey(conversation));
    for (long checkpoint = 1; ; checkpoint++) {
      operator.runMail();
      OperatorSubtaskState snapshot = operator.snapshot(checkpoint);
      int[] answer = state.turnInFlight().orElseThrow().generated();
      if (answer.length > 0 && answer[answer.length - 1] == eos()) {
        assertThat(operator.answers()).isEmpty();
        return snapshot;
      }
    }
  }

  private static int eos() throws Exception {
    int[] whole = OperatorHarness.model(options()).encodeWholeAnswer("x");
    return whole[whole.length - 1];
  }

  @Test
  void whatIsFlaggedIsAnsweredAndSaysSo() throws Exception {
    CompletionRequest bad = streamed(request("bad", "c", BAD));
    CompletionRequest good = streamed(request("good", "d", GOOD));
    try (OperatorHarness operator = OperatorHarness.opened(options());
        OperatorHarness unjudged = OperatorHarness.opened(options())) {
      for (CompletionRequest request : List.of(bad, good)) {
        operator.send(judged(request, Judged.BOTH, Action.FLAG));
        unjudged.send(request);
      }
      operator.runUntilAnswered(2);
      unjudged.runUntilAnswered(2);
      for (String id : List.of("bad", "good")) {
        Completed answer = operator.completed(id);
        assertThat(answer.text()).isEqualTo(unjudged.textOf(id));
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer.usage()).isEqualTo(unjudged.completed(id).usage());
        ModerationReport report = report(operator, id);
        boolean flagged = id.equals("bad");
        ModerationReport.Judgement prompt = report.prompt().orElseThrow();
        assertThat(prompt.verdict().flagged()).isEqualTo(flagged);
        assertThat(prompt.verdict().categories()).isEqualTo(Map.of("negative", flagged));
        assertThat(prompt.verdict().scores().get("negative")).isBetween(0.0, 1.0);
        assertThat(prompt.tokens()).isPositive();
        assertThat(report.answer()).isPresent();
        List<Chunk> pieces = pieces(operator, id);
        assertThat(pieces.getLast().end().orElseThrow().moderation()).contains(report);
        assertThat(pieces.stream().map(Chunk::text).toList())
            .isEqualTo(pieces(unjudged, id).stream().map(Chunk::text).toList());
      }
      assertThat(unjudged.completed("bad").answer().moderation()).isEmpty();
    }
  }

  /** Pieces come as they are drawn, but for the last, which says what was judged. */
  @Test
  void flaggingHoldsNothingUp() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(judged(sampled("r", "c", STORY, 40), Judged.BOTH, Action.FLAG));
      operator.runUntil(events -> events.size() >= 5);
      assertThat(operator.answers()).isEmpty();
      operator.runUntilAnswered(1);
      List<Chunk> pieces = pieces(operator, "r");
      assertThat(pieces.subList(0, pieces.size() - 1)).allMatch(piece -> piece.end().isEmpty());
      assertThat(pieces.getLast().end().orElseThrow().moderation())
          .isEqualTo(operator.completed("r").answer().moderation());
    }
  }

  @Test
  void aPromptThatIsBlockedIsNotAnswered() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("first", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      operator.send(judged(streamed(reset("bad", "c", BAD)), Judged.PROMPT, Action.BLOCK));
      operator.runUntilAnswered(2);
      Completed blocked = operator.completed("bad");
      assertThat(blocked.finishReason()).isEqualTo(FinishReason.CONTENT_FILTER);
      assertThat(blocked.text()).isEmpty();
      assertThat(blocked.usage()).isEqualTo(new Usage(0, 0, 0));
      ModerationReport report = report(operator, "bad");
      assertThat(report.prompt().orElseThrow().verdict().flagged()).isTrue();
      assertThat(report.answer()).isEmpty();
      assertThat(pieces(operator, "bad"))
          .singleElement()
          .satisfies(
              piece -> {
                assertThat(piece.text()).isEmpty();
                assertThat(piece.finishReason()).contains(FinishReason.CONTENT_FILTER);
                assertThat(piece.end().orElseThrow().moderation()).contains(report);
              });
      operator.send(judged(request("next", "c", "Who am I?"), Judged.BOTH, Action.BLOCK));
      operator.runUntilAnswered(3);
      assertThat(operator.textOf("next")).as("it did not even reset").contains("Sofia");
      operator.send(judged(reset("bad", "c", BAD), Judged.PROMPT, Action.BLOCK));
      assertThat(operator.answers()).as("it was answered").hasSize(3);
    }
  }

  @Test
  void anAnswerThatIsBlockedLeavesTheConversationWhereItWas() throws Exception {
    CompletionRequest first = request("first", "c", "My name is Sofia.");
    CompletionRequest last = request("last", "c", "Who am I?");
    try (OperatorHarness operator = OperatorHarness.opened(options());
        OperatorHarness without = OperatorHarness.opened(options())) {
      operator.send(first);
      operator.send(judged(answering("bad", "c", BAD), Judged.ANSWER, Action.BLOCK));
      operator.send(last);
      operator.runUntilAnswered(3);
      without.send(first);
      without.send(last);
      without.runUntilAnswered(2);
      Completed blocked = operator.completed("bad");
      assertThat(blocked.finishReason()).isEqualTo(FinishReason.CONTENT_FILTER);
      assertThat(blocked.text()).isEmpty();
      assertThat(blocked.usage().completionTokens()).isPositive();
      assertThat(report(operator, "bad").prompt()).isEmpty();
      assertThat(report(operator, "bad").isFlagged()).isTrue();
      assertThat(operator.completed("last").answer()).isEqualTo(without.completed("last").answer());
      assertThat(operator.completed("last").usage()).isEqualTo(without.completed("last").usage());
      assertThat(operator.pagesOf("c")).isEqualTo(without.pagesOf("c"));
    }
  }

  @Test
  void anAnswerThatIsFoundGoodComesOutAndStays() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(judged(answering("good", "c", GOOD), Judged.ANSWER, Action.BLOCK));
      operator.runUntilAnswered(1);
      assertThat(operator.completed("good").finishReason())
          .isNotEqualTo(FinishReason.CONTENT_FILTER);
      assertThat(report(operator, "good").isFlagged()).isFalse();
      assertThat(operator.state().of(new ConversationKey("c")).turns()).hasSize(2);
    }
  }

  /** None of its pieces is seen before it is judged, and then they are those of any other time. */
  @Test
  void piecesWaitUntilTheAnswerIsJudged() throws Exception {
    CompletionRequest request = sampled("r", "c", STORY, 40);
    try (OperatorHarness operator = OperatorHarness.opened(options());
        OperatorHarness unjudged = OperatorHarness.opened(options())) {
      unjudged.send(request);
      unjudged.runUntilAnswered(1);
      operator.send(judged(request, by(Judged.ANSWER, Action.BLOCK).withThreshold(1)));
      while (operator.events().isEmpty()) {
        operator.runMail();
      }
      assertThat(operator.answers()).as("all of it with one mail").hasSize(1);
      List<Chunk> expected = pieces(unjudged, "r");
      List<Chunk> actual = pieces(operator, "r");
      assertThat(actual).hasSameSizeAs(expected);
      assertThat(actual.subList(0, actual.size() - 1))
          .isEqualTo(expected.subList(0, expected.size() - 1));
      assertThat(actual.getLast().text()).isEqualTo(expected.getLast().text());
      assertThat(actual.getLast().index()).isEqualTo(expected.getLast().index());
    }
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(judged(request, by(Judged.ANSWER, Action.BLOCK).withThreshold(0)));
      operator.runUntilAnswered(1);
      assertThat(pieces(operator, "r"))
          .singleElement()
          .satisfies(
              piece -> {
                assertThat(piece.text()).isEmpty();
                assertThat(piece.index())
                    .isEqualTo(operator.completed("r").usage().completionTokens());
                assertThat(piece.finishReason()).contains(FinishReason.CONTENT_FILTER);
              });
    }
  }

  /** Law: what is said of a text does not depend on what is judged beside it. */
  @Test
  void aVerdictIsTheSameInEveryCompany() throws Exception {
    List<CompletionRequest> all =
        IntStream.range(0, 6)
            .mapToObj(
                i ->
                    judged(
                        request("r" + i, "c" + i, i % 2 == 0 ? BAD : "Spell the word bell."),
                        Moderation.of(Judged.BOTH, i % 3 == 0 ? Action.BLOCK : Action.FLAG)))
            .toList();
    try (OperatorHarness together = OperatorHarness.opened(options())) {
      for (CompletionRequest request : all) {
        together.send(request);
      }
      together.runUntilAnswered(all.size());
      for (CompletionRequest request : all) {
        Completed one = alone(request);
        Completed other = together.completed(request.requestId());
        assertThat(other.answers()).isEqualTo(one.answers());
        assertThat(other.usage()).isEqualTo(one.usage());
        assertThat(
                one.answer().moderation().orElseThrow().prompt().orElseThrow().verdict().scores())
            .hasSize(9);
      }
    }
  }

  /** One whose prompt is judged waits, and the next one begins meanwhile. */
  @Test
  void whoIsJudgedHoldsUpNobody() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(judged(request("a", "c", GOOD), Judged.PROMPT, Action.BLOCK));
      assertThat(operator.running()).isZero();
      operator.send(request("b", "d", "Spell the word bell."));
      assertThat(operator.running()).isEqualTo(1);
      operator.runUntilAnswered(2);
      assertThat(operator.completed("a").finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  /** A checkpoint after any mail, in the middle of each judgement, too. */
  @ParameterizedTest
  @CsvSource({
    "PROMPT, FLAG, 0.5",
    "BOTH, FLAG, 0.5",
    "PROMPT, BLOCK, 0.5",
    "ANSWER, BLOCK, 0",
    "BOTH, BLOCK, 1"
  })
  void afterARestoreAllIsAsItWouldHaveBeen(Judged what, Action action, double threshold)
      throws Exception {
    CompletionRequest request =
        judged(
            streamed(request("r", "c", BAD).but().maxTokens(12).build()),
            by(what, action).withThreshold(threshold));
    CompletionRequest next = request("next", "c", "Who am I?");
    List<OperatorSubtaskState> checkpoints = new ArrayList<>();
    List<Integer> said = new ArrayList<>();
    boolean inTheMiddle = false;
    try (OperatorHarness undisturbed = OperatorHarness.opened(options())) {
      undisturbed.send(request);
      undisturbed.send(next);
      while (undisturbed.answers().isEmpty()) {
        checkpoints.add(undisturbed.snapshot(checkpoints.size() + 1));
        said.add(undisturbed.events().size());
        Optional<TurnInFlight> turn =
            undisturbed.state().of(new ConversationKey("c")).turnInFlight();
        inTheMiddle |= what != Judged.PROMPT && turn.isPresent() && isWhole(turn.get());
        undisturbed.runMail();
      }
      undisturbed.runUntilAnswered(2);
      boolean answered = undisturbed.completed("r").usage().completionTokens() > 0;
      assertThat(inTheMiddle)
          .as("a checkpoint while the answer is judged")
          .isEqualTo(what != Judged.PROMPT && answered);
      for (int i = 0; i < checkpoints.size(); i++) {
        try (OperatorHarness restored = new OperatorHarness(options(), 1, 0)) {
          restored.open(checkpoints.get(i));
          restored.runUntilAnswered(2);
          assertSameAnswers(restored.answers(), undisturbed.answers());
          List<Chunk> before =
              undisturbed.events().subList(0, said.get(i)).stream()
                  .filter(Chunk.class::isInstance)
                  .map(Chunk.class::cast)
                  .toList();
          List<Chunk> all = new ArrayList<>(before);
          pieces(restored, "r").stream().filter(piece -> !all.contains(piece)).forEach(all::add);
          assertThat(all).isEqualTo(pieces(undisturbed, "r"));
        }
      }
    }
  }

  private static List<Arguments> ofOtherKinds() {
    CompletionRequest plain = streamed(request("r", "c", STORY).but().maxTokens(12).build());
    SamplingParams drawn = new SamplingParams(1, 1, 0, 0, OptionalLong.of(3));
    return List.of(
        arguments(
            "two answers",
            plain.but().sampling(drawn).options(plain.options().withChoices(2)).build()),
        arguments(
            "the prompt's", plain.but().options(plain.options().withPromptLogprobs(1)).build()),
        arguments("the answer's", plain.but().options(plain.options().withTopLogprobs(1)).build()),
        arguments(
            "a form",
            plain
                .but()
                .constraint(new OutputConstraint.Choice(List.of("yellow salad", "a story")))
                .build()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ofOtherKinds")
  void soItIsOfRequestsOfOtherKinds(String kind, CompletionRequest request) throws Exception {
    for (Action action : Action.values()) {
      CompletionRequest judged = judged(request, by(Judged.BOTH, action).withThreshold(1));
      List<OperatorSubtaskState> checkpoints = new ArrayList<>();
      try (OperatorHarness undisturbed = OperatorHarness.opened(options())) {
        undisturbed.send(judged);
        while (undisturbed.answers().isEmpty()) {
          checkpoints.add(undisturbed.snapshot(checkpoints.size() + 1));
          undisturbed.runMail();
        }
        List<Answer> plain = alone(request).answers();
        List<Answer> answers = undisturbed.completed("r").answers();
        for (int i = 0; i < plain.size(); i++) {
          assertThat(answers.get(i).moderation().orElseThrow().answer()).isPresent();
          assertThat(answers.get(i))
              .isEqualTo(plain.get(i).withModeration(answers.get(i).moderation().get()));
        }
        for (OperatorSubtaskState checkpoint : checkpoints) {
          try (OperatorHarness restored = new OperatorHarness(options(), 1, 0)) {
            restored.open(checkpoint);
            restored.runUntilAnswered(1);
            assertSameAnswers(restored.answers(), undisturbed.answers());
            assertThat(pieces(undisturbed, "r")).containsAll(pieces(restored, "r"));
            assertThat(pieces(restored, "r").stream().filter(piece -> piece.end().isPresent()))
                .as("each answer's end is told, perhaps again")
                .hasSize(answers.size());
          }
        }
      }
    }
  }

  private static boolean isWhole(TurnInFlight turn) throws Exception {
    int[] answer = turn.generated();
    return answer.length == 12 || answer.length > 0 && answer[answer.length - 1] == eos();
  }

  /** Each choice is judged; with a threshold between their scores, one of them comes out. */
  @Test
  void eachChoiceIsJudgedByItself() throws Exception {
    CompletionRequest plain = sampled("r", "c", STORY, 30);
    CompletionRequest two = plain.but().options(plain.options().withChoices(2)).build();
    List<Answer> flagged = alone(judged(two, Judged.BOTH, Action.FLAG)).answers();
    double[] scores =
        flagged.stream()
            .mapToDouble(
                answer ->
                    answer
                        .moderation()
                        .orElseThrow()
                        .answer()
                        .orElseThrow()
                        .verdict()
                        .scores()
                        .get("negative"))
            .toArray();
    assertThat(scores[0]).isNotEqualTo(scores[1]);
    assertThat(flagged.get(0).moderation().orElseThrow().prompt())
        .isEqualTo(flagged.get(1).moderation().orElseThrow().prompt());
    int worse = scores[0] > scores[1] ? 0 : 1;
    double between = (scores[0] + scores[1]) / 2;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(judged(two, by(Judged.ANSWER, Action.BLOCK).withThreshold(between)));
      operator.runUntilAnswered(1);
      List<Answer> answers = operator.completed("r").answers();
      assertThat(answers.get(worse).finishReason()).isEqualTo(FinishReason.CONTENT_FILTER);
      assertThat(answers.get(worse).text()).isEmpty();
      assertThat(answers.get(1 - worse).text()).isEqualTo(flagged.get(1 - worse).text());
      assertThat(pieces(operator, "r").stream().filter(piece -> piece.choice() == worse))
          .singleElement()
          .satisfies(piece -> assertThat(piece.text()).isEmpty());
      assertThat(
              pieces(operator, "r").stream()
                  .filter(piece -> piece.choice() != worse)
                  .map(Chunk::text)
                  .collect(Collectors.joining()))
          .isEqualTo(answers.get(1 - worse).text());
      assertThat(operator.state().of(new ConversationKey("c")).turns())
          .as("the conversation goes on with the first one")
          .hasSize(worse == 0 ? 0 : 2);
    }
  }

  @Test
  void aForkBeginsWithTurnsThatWereNotBlocked() throws Exception {
    CompletionRequest first = request("first", "c", "My name is Sofia.");
    CompletionRequest branch = fork("branch", "c~b", "c", 1, "Who am I?");
    try (OperatorHarness operator = OperatorHarness.opened(options());
        OperatorHarness without = OperatorHarness.opened(options())) {
      operator.send(first);
      operator.send(judged(answering("bad", "c", BAD), Judged.ANSWER, Action.BLOCK));
      operator.send(branch);
      operator.send(fork("none", "c~n", "c", 2, "Who am I?"));
      operator.send(judged(fork("bad-fork", "c~x", "c", 1, BAD), Judged.PROMPT, Action.BLOCK));
      operator.send(fork("again", "c~x", "c", 1, "Who am I?"));
      operator.runUntilAnswered(6);
      without.send(first);
      without.send(branch);
      without.runUntilAnswered(2);
      assertThat(operator.completed("branch").answer())
          .isEqualTo(without.completed("branch").answer());
      assertThat(operator.completed("branch").usage())
          .isEqualTo(without.completed("branch").usage());
      assertThat(((CompletionEvent.Rejected) operator.answers().get("none")).code())
          .isEqualTo("turn_not_found");
      assertThat(operator.completed("bad-fork").finishReason())
          .isEqualTo(FinishReason.CONTENT_FILTER);
      assertThat(operator.textOf("again")).isEqualTo(operator.textOf("branch"));
    }
  }

  @ParameterizedTest
  @EnumSource(Action.class)
  void timeIsOverWhileAnAnswerIsJudged(Action action) throws Exception {
    Duration second = Duration.ofSeconds(1);
    CompletionRequest request =
        streamed(judged(request("r", "c", "Spell the word bell."), Judged.ANSWER, action));
    Completed whole = alone(request("r", "c", "Spell the word bell."));
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.setTime(Duration.ZERO);
      operator.send(until(second, request));
      untilJudging(operator, "c");
      operator.setTime(second);
      Completed answer = operator.completed("r");
      boolean kept = action == Action.FLAG;
      assertThat(answer.finishReason()).isEqualTo(FinishReason.TIMEOUT);
      assertThat(answer.text()).isEqualTo(kept ? whole.text() : "");
      assertThat(answer.usage()).isEqualTo(whole.usage());
      assertThat(answer.answer().moderation()).isEmpty();
      Chunk last = pieces(operator, "r").getLast();
      assertThat(last.finishReason()).contains(FinishReason.TIMEOUT);
      assertThat(last.index()).isEqualTo(whole.usage().completionTokens());
      List<int[]> turns = operator.state().of(new ConversationKey("c")).turns();
      assertThat(turns).hasSize(kept ? 2 : 0);
      if (kept) {
        assertThat(turns.getLast())
            .isEqualTo(OperatorHarness.model(options()).encodeWholeAnswer(whole.text()));
      }
      operator.send(request("next", "c", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.completed("next").finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void aRequestIsCancelledWhileItsPromptIsJudged() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(judged(request("r", "c", GOOD), Judged.PROMPT, Action.BLOCK));
      operator.send(
          judged(
              request("next", "c", "I am delighted by this phone."), Judged.PROMPT, Action.BLOCK));
      operator.send(new ControlRequest.Cancel("r", "c", Optional.empty()));
      assertThat(operator.completed("r").finishReason()).isEqualTo(FinishReason.CANCELLED);
      operator.runUntilAnswered(2);
      assertThat(operator.completed("next").finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(report(operator, "next").prompt()).isPresent();
    }
  }

  /** It may be bad: nobody knows, so neither its text nor its turn is kept. */
  @Test
  void anAnswerThatIsCancelledBeforeItIsJudgedIsKeptBack() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(judged(sampled("r", "c", STORY, 120), Judged.ANSWER, Action.BLOCK));
      for (int i = 0; i < 20; i++) {
        operator.runMail();
      }
      operator.send(new ControlRequest.Cancel("r", "c", Optional.empty()));
      assertThat(operator.completed("r").finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(operator.completed("r").text()).isEmpty();
      assertThat(operator.completed("r").usage().completionTokens()).isPositive();
      assertThat(pieces(operator, "r")).extracting(Chunk::text).containsOnly("");
      assertThat(operator.state().of(new ConversationKey("c")).turns()).isEmpty();
    }
  }

  @Test
  void whatCannotBeJudgedIsRefused() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(
          judged(
              request("rubric", "c", GOOD),
              Moderation.of(Judged.BOTH, Action.FLAG).withRubric("llama")));
      assertThat(((CompletionEvent.Rejected) operator.answers().get("rubric")).parameter())
          .isEqualTo("moderation.rubric");
      String longName =
          "{\"categories\": {\"%s\": \"\"}}".formatted("abcdefgh ".repeat(40).strip());
      for (Action action : Action.values()) {
        operator.send(
            judged(
                request("long" + action, "d" + action, GOOD),
                Moderation.of(Judged.PROMPT, action).withRubric(longName)));
      }
      operator.runUntilAnswered(3);
      for (Action action : Action.values()) {
        CompletionEvent.Rejected refused =
            (CompletionEvent.Rejected) operator.answers().get("long" + action);
        assertThat(refused.parameter()).isEqualTo("moderation");
        assertThat(refused.code()).isEqualTo("request_too_large");
        assertThat(operator.state().of(new ConversationKey("d" + action)).turns()).isEmpty();
      }
    }
  }

  @Test
  void theSettingsSayWhatIsJudgedWhereTheRequestDoesNot() throws Exception {
    MistralSettings settings =
        MistralSettings.of(options()).withModeration(by(Judged.PROMPT, Action.BLOCK));
    try (OperatorHarness operator = new OperatorHarness(settings, 1, 0)) {
      operator.open(null);
      operator.send(request("bad", "c", BAD));
      operator.send(judged(request("own", "d", BAD), Judged.PROMPT, Action.FLAG));
      operator.runUntilAnswered(2);
      assertThat(operator.completed("bad").finishReason()).isEqualTo(FinishReason.CONTENT_FILTER);
      assertThat(operator.completed("own").finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  /** With one token a pass, passes are tokens. */
  @Test
  void aBlockedPromptCostsItsJudgementAndNothingElse() throws Exception {
    Configuration options =
        OperatorHarness.oneAtATime()
            .set(MistralOptions.MODEL_NAME, "one token a pass")
            .set(MistralOptions.PREFILL_CHUNK, 1);
    LanguageModel model = OperatorHarness.model(options);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(judged(request("first", "c", BAD), Judged.PROMPT, Action.BLOCK));
      operator.runUntilAnswered(1);
      long before = model.engine().passes();
      operator.send(
          judged(
              request("r", "c", "I want a refund for this phone."), Judged.PROMPT, Action.BLOCK));
      operator.runUntilAnswered(2);
      assertThat(operator.completed("r").finishReason()).isEqualTo(FinishReason.CONTENT_FILTER);
      assertThat(model.engine().passes() - before)
          .isEqualTo(report(operator, "r").tokens())
          .isLessThanOrEqualTo(40 + 2 * 30);
    }
  }
}
