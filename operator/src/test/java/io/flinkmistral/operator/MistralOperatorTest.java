package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.reset;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.StopConditions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MistralOperatorTest {
  @Test
  void answersWhatTheReferenceAnswersWithMemoryFromState() throws Exception {
    List<List<TinyMistral.Turn>> conversations = TinyMistral.conversations().subList(0, 40);
    int turns = 0;
    int different = 0;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (int c = 0; c < conversations.size(); c++) {
        for (int t = 0; t < conversations.get(c).size(); t++, turns++) {
          operator.send(
              CompletionRequest.ofUser(c + "/" + t, "c" + c, conversations.get(c).get(t).user()));
        }
      }
      operator.runUntilAnswered(turns);
      for (int c = 0; c < conversations.size(); c++) {
        for (int t = 0; t < conversations.get(c).size(); t++) {
          String reference = conversations.get(c).get(t).reference();
          different += operator.textOf(c + "/" + t).equals(reference) ? 0 : 1;
        }
      }
    }
    assertThat(turns).isGreaterThan(100);
    assertThat(different).as("of %d answers", turns).isLessThanOrEqualTo(turns / 50);
  }

  @Test
  void laterTurnsTakeFullPagesFromState() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a", "c", STORY));
      operator.runUntilAnswered(1);
      CompletionEvent.Completed first = operator.completed("a");
      assertThat(first.usage().cachedTokens()).isZero();
      operator.send(request("b", "c", "What is my name?"));
      operator.runUntilAnswered(2);
      CompletionEvent.Completed second = operator.completed("b");
      // The last token of an answer is never fed; what is fed of it fills pages of 16.
      int fed = first.usage().totalTokens() - 1;
      assertThat(second.usage().cachedTokens()).isEqualTo(fed / 16 * 16).isGreaterThan(16);
      assertThat(second.usage().promptTokens()).isGreaterThan(first.usage().totalTokens());
    }
  }

  @Test
  void requestsOfOneConversationAreAnsweredInTheirOrder() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (int i = 0; i < 5; i++) {
        operator.send(request("a" + i, "a", "Repeat: dog yellow salad"));
        operator.send(request("b" + i, "b", "Spell the word bell."));
      }
      operator.runUntilAnswered(10);
      for (String conversation : List.of("a", "b")) {
        assertThat(
                operator.events().stream()
                    .filter(event -> event.conversationId().equals(conversation))
                    .map(CompletionEvent::requestId))
            .containsExactly(
                conversation + 0,
                conversation + 1,
                conversation + 2,
                conversation + 3,
                conversation + 4);
      }
    }
  }

  @Test
  void anAnswerDoesNotDependOnBatchPrefillChunkOrTheOrderOfArrival() throws Exception {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      requests.add(sampled("r" + i, "c" + i, "Tell me a story about a cat called Tom " + i, 50));
    }
    Map<String, String> expected = answersOf(requests, 1, 128, 1);
    for (int chunk : new int[] {1, 7, 1000}) {
      for (int threads : new int[] {1, 2}) {
        assertThat(answersOf(requests, 7, chunk, threads))
            .as("chunks of %d, %d threads", chunk, threads)
            .isEqualTo(expected);
      }
    }
    assertThat(answersOf(requests.reversed(), 3, 16, 2)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aGenerationThatWasUnderWayGoesOnAfterARestoreAsIfNothingHadHappened(boolean rocksDb)
      throws Exception {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      requests.add(sampled("first" + i, "c" + i, STORY + i, 60));
      requests.add(sampled("second" + i, "c" + i, "And then?", 40));
    }
    Map<String, CompletionEvent> undisturbed = undisturbed(requests);
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState state = null;
    int sent = 0;
    for (int stage = 0; answers.size() < requests.size(); stage++) {
      OperatorHarness operator = new OperatorHarness(options(), 1, 0);
      try (operator) {
        if (rocksDb) {
          operator.onRocksDb();
        }
        operator.open(state);
        for (; sent < Math.min(requests.size(), (stage + 1) * 5); sent++) {
          operator.send(requests.get(sent));
        }
        operator.runFor(25);
        state = operator.snapshot();
        operator.answers().forEach((id, answer) -> assertThat(answers.put(id, answer)).isNull());
        // What comes after the snapshot is lost, as in a crash.
        operator.runFor(3);
      }
    }
    assertSameAnswers(answers, undisturbed);
  }

  @Test
  void piecesOfAnAnswerAreTheSameInEveryReplayAndMakeUpItsText() throws Exception {
    CompletionRequest request = sampled("r", "c", STORY, 60);
    List<CompletionEvent> before;
    List<CompletionEvent> after;
    OperatorSubtaskState state;
    int early; // A mail takes in up to 16 passes.
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request);
      operator.runUntil(events -> events.size() >= 10);
      early = operator.events().size();
      state = operator.snapshot();
      operator.runUntilAnswered(1);
      before = operator.events();
    }
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.open(state);
      operator.runUntilAnswered(1);
      after = operator.events();
    }
    List<CompletionEvent> chunks = before.subList(0, before.size() - 1);
    assertThat(chunks.subList(early, chunks.size())).isEqualTo(after.subList(0, after.size() - 1));
    assertThat(
            chunks.stream()
                .map(chunk -> ((CompletionEvent.Chunk) chunk).text())
                .collect(Collectors.joining()))
        .isEqualTo(((CompletionEvent.Completed) before.getLast()).text());
    CompletionEvent.Chunk last = (CompletionEvent.Chunk) chunks.getLast();
    assertThat(last.finishReason()).isPresent();
    assertThat(last.index())
        .isEqualTo(((CompletionEvent.Completed) before.getLast()).usage().completionTokens());
  }

  @Test
  void conversationsMoveWithTheirKeysWhenTheJobIsRescaled() throws Exception {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      requests.add(sampled("first" + i, "c" + i, STORY + i, 50));
      requests.add(sampled("second" + i, "c" + i, "And then?", 30));
    }
    Map<String, CompletionEvent> undisturbed = undisturbed(requests);
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState one;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntil(events -> events.size() >= 60);
      one = operator.snapshot();
      answers.putAll(operator.answers());
    }
    List<OperatorSubtaskState> three = rescaled(one, 1, 3, 30, answers);
    OperatorSubtaskState all =
        AbstractStreamOperatorTestHarness.repackageState(
            three.toArray(OperatorSubtaskState[]::new));
    rescaled(all, 3, 2, Integer.MAX_VALUE, answers);
    assertSameAnswers(answers, undisturbed);
  }

  /** Runs the state on {@code to} subtasks, each for a while. */
  private static List<OperatorSubtaskState> rescaled(
      OperatorSubtaskState state, int from, int to, int steps, Map<String, CompletionEvent> answers)
      throws Exception {
    List<OperatorSubtaskState> states = new ArrayList<>();
    for (int subtask = 0; subtask < to; subtask++) {
      OperatorSubtaskState part =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              state, OperatorHarness.MAX_PARALLELISM, from, to, subtask);
      try (OperatorHarness operator = new OperatorHarness(options(), to, subtask)) {
        operator.open(part);
        if (steps == Integer.MAX_VALUE) {
          operator.endInput();
        } else {
          operator.runFor(steps);
        }
        states.add(operator.snapshot());
        operator.answers().forEach((id, answer) -> assertThat(answers.put(id, answer)).isNull());
      }
    }
    return states;
  }

  @Test
  void watermarksAndTimestampsStayWithTheRequests() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.sendWatermark(5);
      operator.send(request("a", "a", "Spell the word bell."), 10);
      operator.sendWatermark(15);
      operator.runUntilAnswered(1);
      operator.sendWatermark(25);
      List<Object> output = List.copyOf(operator.harness().getOutput());
      assertThat(output.getFirst()).isEqualTo(new Watermark(5));
      assertThat(((StreamRecord<?>) output.get(1)).getTimestamp()).isEqualTo(10);
      assertThat(output.subList(2, 4)).containsExactly(new Watermark(15), new Watermark(25));
    }
  }

  @Test
  void resetForgetsTheConversation() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(request("b", "c", "Who am I?"));
      operator.send(reset("d", "c", "Who am I?"));
      operator.send(request("e", "fresh", "Who am I?"));
      operator.runUntilAnswered(4);
      assertThat(operator.textOf("b")).contains("Sofia");
      assertThat(operator.textOf("d")).isEqualTo(operator.textOf("e")).doesNotContain("Sofia");
      assertThat(operator.completed("d").usage()).isEqualTo(operator.completed("e").usage());
    }
  }

  @Test
  void anAnswerEndsAtMaxTokensAndAtTheContextLimitWithLength() throws Exception {
    Configuration options = options();
    options.set(MistralOptions.CONTEXT_LIMIT, 64);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("short", "a", STORY, 3));
      operator.send(sampled("long", "b", STORY, 1000));
      operator.runUntilAnswered(2);
      CompletionEvent.Completed shortAnswer = operator.completed("short");
      assertThat(shortAnswer.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(shortAnswer.usage().completionTokens()).isEqualTo(3);
      CompletionEvent.Completed longAnswer = operator.completed("long");
      assertThat(longAnswer.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(longAnswer.usage().totalTokens()).isEqualTo(64);
    }
  }

  @Test
  void aPromptThatDoesNotFitIsRefusedAndTheConversationIsAsItWas() throws Exception {
    Configuration options = options();
    options.set(MistralOptions.CONTEXT_LIMIT, 100);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(request("b", "c", "dog ".repeat(200)));
      operator.send(request("d", "c", "Who am I?"));
      operator.runUntilAnswered(3);
      CompletionEvent.Rejected rejected = (CompletionEvent.Rejected) operator.answers().get("b");
      assertThat(rejected.parameter()).isEqualTo("messages");
      assertThat(rejected.message()).contains("100");
      assertThat(operator.textOf("d")).contains("Sofia");
    }
  }

  @Test
  void messagesThatTheTemplateCannotRenderAreRefused() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(
          CompletionRequest.of("a", "c")
              .messages(List.of(new ChatMessage(Role.ASSISTANT, "Hello")))
              .build());
      operator.runUntilAnswered(1);
      assertThat(operator.answers().get("a")).isInstanceOf(CompletionEvent.Rejected.class);
    }
  }

  @Test
  void aStopTextEndsTheAnswerAndIsNotPartOfIt() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("whole", "a", "Spell the word bell."));
      operator.send(
          request("cut", "b", "Spell the word bell.")
              .but()
              .stop(StopConditions.DEFAULT.withTexts(List.of("-l")))
              .build());
      operator.runUntilAnswered(2);
      assertThat(operator.textOf("whole")).isEqualTo("b-e-l-l");
      assertThat(operator.textOf("cut")).isEqualTo("b-e");
      assertThat(operator.completed("cut").finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void theEndOfInputIsDrained() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (int i = 0; i < 20; i++) {
        operator.send(request("r" + i, "c" + i % 7, "Spell the word owl."));
      }
      operator.sendWatermark(Long.MAX_VALUE);
      operator.endInput();
      assertThat(operator.answers()).hasSize(20);
      assertThat(operator.harness().getOutput().toArray()[20]).isEqualTo(Watermark.MAX_WATERMARK);
    }
  }

  @Test
  void aFullQueueHoldsTheInputUntilRequestsAreAnswered() throws Exception {
    Configuration options = options();
    options.set(MistralOptions.QUEUE_LIMIT, 3);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      for (int i = 0; i < 20; i++) {
        operator.send(request("r" + i, "c" + i, "Spell the word owl."));
        assertThat(i + 1 - operator.answers().size()).as("unfinished").isLessThan(2 * 3);
      }
    }
  }

  @Test
  void aFullQueueHoldsTheInputByTheSizeOfRequestsToo() throws Exception {
    long two = 2 * RequestSize.bytes(request("r", "c", "Spell the word owl."));
    Configuration options = options().set(MistralOptions.QUEUE_MEMORY, new MemorySize(two));
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      for (int i = 0; i < 20; i++) {
        operator.send(request("r" + i, "c" + i, "Spell the word owl."));
        assertThat(i + 1 - operator.answers().size()).as("unfinished").isLessThan(2 * 2);
      }
    }
  }

  @Test
  void whatStandsBeforeABarrierIsTakenInThoughTheQueueIsFull() throws Exception {
    Configuration options = options().set(MistralOptions.QUEUE_LIMIT, 3);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.checkpointBegins(7);
      for (int i = 0; i < 10; i++) {
        operator.send(sampled("r" + i, "c" + i, STORY, 100));
      }
      assertThat(operator.answers()).isEmpty();
      operator.snapshot(7);
      operator.send(sampled("last", "last", STORY, 1));
      assertThat(operator.answers()).hasSizeGreaterThan(11 - 2 * 3);
    }
  }

  @Test
  void longPromptsAreRefusedInMailsOfTheirOwn() throws Exception {
    Configuration options =
        options().set(MistralOptions.CONTEXT_LIMIT, 100).set(MistralOptions.MAX_CONVERSATIONS, 1);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("live", "live", STORY, 60));
      for (int i = 0; i < 5; i++) {
        operator.send(request("long" + i, "c" + i, "dog ".repeat(17_000)));
      }
      // Where the engine has done with the first one already, some are refused as they come.
      long refused = refusedLongOnes(operator);
      while (refused < 5) {
        operator.runMail();
        long now = refusedLongOnes(operator);
        assertThat(now - refused).as("in one mail").isLessThanOrEqualTo(1);
        refused = now;
      }
    }
  }

  private static long refusedLongOnes(OperatorHarness operator) {
    return operator.answers().keySet().stream().filter(id -> id.startsWith("long")).count();
  }

  @Test
  void aTaskThatStopsDropsThePassInFlightWithoutAWord() throws Exception {
    OperatorHarness operator = OperatorHarness.opened(options());
    operator.send(sampled("r", "c", STORY, 100));
    operator.runUntil(events -> events.size() >= 3);
    int events = operator.events().size();
    operator.harness().getTaskMailbox().quiesce();
    operator.close();
    // The model's thread is free again only when it has tried to hand over what it had.
    try (OperatorHarness next = OperatorHarness.opened(options())) {
      next.send(request("s", "d", "Spell the word owl."));
      next.runUntilAnswered(1);
    }
    assertThat(operator.events()).hasSize(events);
    assertThat(operator.harness().wasFailedExternally()).isFalse();
  }

  @Test
  void aLongConversationIsReadBackOverManyMails() throws Exception {
    MistralSettings aPageAMail = MistralSettings.of(options()).withRestoreBytes(1);
    try (OperatorHarness whole = OperatorHarness.opened(options());
        OperatorHarness paged = new OperatorHarness(aPageAMail, 1, 0)) {
      whole.send(sampled("r", "c", STORY, 100));
      whole.runUntilAnswered(1);
      OperatorSubtaskState state = whole.snapshot();
      whole.send(sampled("s", "c", STORY, 40));
      whole.runUntilAnswered(2);
      paged.open(state);
      paged.send(sampled("s", "c", STORY, 40));
      assertThat(paged.running()).as("it has its place while its pages are read").isEqualTo(1);
      paged.runUntilAnswered(1);
      assertThat(paged.running()).isZero();
      assertThat(paged.completed("s").usage().cachedTokens()).isGreaterThan(4 * 16);
      assertSameAnswers(paged.answers(), Map.of("s", whole.completed("s")));
    }
  }

  @Test
  void aTaskThatStopsWhileItReadsPagesBackDoesNotFail() throws Exception {
    MistralSettings aPageAMail = MistralSettings.of(options()).withRestoreBytes(1);
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("r", "c", STORY, 100));
      operator.runUntilAnswered(1);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(aPageAMail, 1, 0)) {
      operator.open(state);
      operator.send(sampled("s", "c", STORY, 40));
      TaskMailbox mailbox = operator.harness().getTaskMailbox();
      assertThat(mailbox.hasMail()).isTrue();
      mailbox.quiesce();
      // As the task does when it has stopped with a savepoint.
      for (Mail mail : mailbox.drain()) {
        mail.run();
      }
      assertThat(operator.events()).isEmpty();
    }
  }

  @Test
  void pagesOutsideTheWindowLeaveStateAndTheRestHasNoGap() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (int i = 0; i < 12; i++) {
        operator.send(sampled("r" + i, "c", STORY, 60));
      }
      operator.runUntilAnswered(12);
      int full = (operator.completed("r11").usage().totalTokens() - 1) / 16;
      assertThat(full).isGreaterThan(500 / 16);
      // What a query at the beginning of the next page sees.
      int first = (full * 16 - 256 + 1) / 16;
      assertThat(operator.pagesOf("c"))
          .containsExactlyElementsOf(IntStream.range(first, full).boxed().toList());
    }
  }

  @Test
  void optionsAreChecked() {
    Configuration missing = new Configuration();
    assertThatThrownBy(() -> new MistralOperatorFactory(missing))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("model.path");
    Configuration wrong = options();
    wrong.set(MistralOptions.PREFILL_CHUNK, 0);
    assertThatThrownBy(() -> new MistralOperatorFactory(wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("batch.prefill-tokens")
        .hasMessageContaining("0");
  }

  private static Map<String, String> answersOf(
      List<CompletionRequest> requests, int conversations, int chunk, int threads)
      throws Exception {
    Configuration options = options();
    options.set(MistralOptions.MAX_CONVERSATIONS, conversations);
    options.set(MistralOptions.PREFILL_CHUNK, chunk);
    options.set(MistralOptions.THREADS, threads);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      return requests.stream()
          .collect(
              Collectors.toMap(
                  CompletionRequest::requestId, request -> operator.textOf(request.requestId())));
    }
  }

  private static Map<String, CompletionEvent> undisturbed(List<CompletionRequest> requests)
      throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      return operator.answers();
    }
  }
}
