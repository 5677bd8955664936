package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.tools.EngineModel;
import io.flinkmistral.weights.LoadListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests and scores of callers that keep no conversations. */
@Timeout(120)
class StatelessClientTest {
  private static final BatchLimits BATCH = new BatchLimits(4, 64);
  private static final long AMPLE = 64L << 20;

  private static LanguageModel model;

  @BeforeAll
  static void load() throws Exception {
    model =
        LanguageModel.load(
            ModelSettings.of(TinyMistral.file().toString()).withThreads(1), LoadListener.NONE);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void anAnswerIsTheSameAloneAndInABatch() {
    List<CompletionRequest> requests =
        IntStream.range(0, 12)
            .mapToObj(i -> CompletionRequest.ofUser("r" + i, "c" + i, "Tell me a story. " + i))
            .toList();
    List<String> together = new ArrayList<>();
    List<String> alone = new ArrayList<>();
    try (StatelessClient client = client(AMPLE)) {
      requests.stream()
          .map(request -> client.complete(request, piece -> {}))
          .toList()
          .forEach(future -> together.add(future.join().text()));
      for (CompletionRequest request : requests) {
        StringBuilder pieces = new StringBuilder();
        Completion completion =
            client.complete(request, piece -> pieces.append(piece.text())).join();
        alone.add(completion.text());
        assertThat(pieces).hasToString(completion.text());
      }
    }
    assertThat(together).isEqualTo(alone);
    assertThat(model.heldBytes()).isZero();
  }

  @Test
  void aScoreIsTheLogOfTheSoftmaxOverAllTokens() throws Exception {
    Random random = new Random(5);
    try (StatelessClient client = client(AMPLE);
        EngineModel oracle = EngineModel.load(TinyMistral.file(), KvType.F16, 1)) {
      // Beyond the window of 256 as well, and with an end in a page's middle or at its end.
      for (int length : new int[] {1, 5, 16, 31, 300}) {
        int[] prompt = tokens(random, length);
        List<int[]> continuations =
            List.of(tokens(random, 1), tokens(random, 1), tokens(random, 4), tokens(random, 70));
        List<double[]> scores = client.score(prompt, continuations).join();
        assertThat(scores).hasSameSizeAs(continuations);
        for (int i = 0; i < continuations.size(); i++) {
          assertThat(scores.get(i)).containsExactly(expected(oracle, prompt, continuations.get(i)));
        }
      }
    }
    assertThat(model.heldBytes()).isZero();
  }

  /** All tokens taken in at once, and the softmax in its plainest form. */
  private static double[] expected(EngineModel oracle, int[] prompt, int[] continuation) {
    int[] all = IntStream.concat(Arrays.stream(prompt), Arrays.stream(continuation)).toArray();
    double[] expected = new double[continuation.length];
    try (KvCache cache = oracle.newCache()) {
      Logits logits =
          oracle.forward(List.of(new SequenceInput(cache, all, SequenceInput.Wanted.ALL)));
      for (int i = 0; i < continuation.length; i++) {
        float[] row = logits.row(prompt.length - 1 + i);
        float most = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
          most = Math.max(most, logit);
        }
        double sum = 0;
        for (float logit : row) {
          sum += StrictMath.exp((double) logit - most);
        }
        expected[i] = row[continuation[i]] - (most + StrictMath.log(sum));
      }
    }
    return expected;
  }

  @Test
  void probabilitiesOfAllTokensAddUpToOne() {
    int size = model.config().vocabularySize();
    try (StatelessClient client = client(AMPLE)) {
      List<double[]> scores =
          client
              .score(
                  new int[] {1, 5, 9},
                  IntStream.range(0, size).mapToObj(token -> new int[] {token}).toList())
              .join();
      double sum = scores.stream().mapToDouble(score -> Math.exp(score[0])).sum();
      assertThat(sum).isBetween(1 - 1e-9, 1 + 1e-9);
    }
  }

  @Test
  void whatNeverFitsIsRefusedAndWhatDoesNotFitNowWaits() {
    long pages = 4L * model.kvLayout().pageBytes();
    try (LanguageModel own = own();
        StatelessClient client = own.stateless(new StatelessSettings(BATCH, pages, 8, 1000))) {
      CompletionRequest lengthy = CompletionRequest.ofUser("r", "c", "dog ".repeat(200));
      assertThatThrownBy(() -> client.complete(lengthy, piece -> {}).join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("there is room for " + pages);
      List<CompletableFuture<Completion>> brief =
          IntStream.range(0, 10)
              .mapToObj(i -> CompletionRequest.ofUser("r" + i, "c", "Spell the word owl."))
              .map(request -> client.complete(request, piece -> {}))
              .toList();
      brief.forEach(future -> assertThat(future.join().text()).isNotNull());
    }
  }

  @Test
  void callersOfOneBudgetWaitForEachOther() throws Exception {
    try (LanguageModel own = own()) {
      long pages = 4L * own.kvLayout().pageBytes();
      StatelessSettings settings = new StatelessSettings(BATCH, pages, 8, 1000);
      try (StatelessClient one = own.stateless(settings);
          StatelessClient other = own.stateless(settings)) {
        List<CompletableFuture<Completion>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          StatelessClient client = i % 2 == 0 ? one : other;
          CompletionRequest request = CompletionRequest.ofUser("r" + i, "c", "Spell the word owl.");
          answers.add(client.complete(request, piece -> {}));
        }
        answers.forEach(CompletableFuture::join);
        assertThat(own.heldBytes()).isZero();
      }
    }
  }

  /** The context holds 4096 tokens. */
  @Test
  void theOldestTurnsOfADialogueMakeWayWhereTheRequestSaysSo() {
    List<ChatMessage> dialogue = new ArrayList<>();
    for (int turn = 0; turn < 40; turn++) {
      dialogue.add(new ChatMessage(Role.USER, "dog yellow salad ".repeat(60)));
      dialogue.add(new ChatMessage(Role.ASSISTANT, "owl " + turn));
    }
    dialogue.add(new ChatMessage(Role.USER, "Spell the word owl."));
    CompletionRequest request =
        CompletionRequest.of("r", "c").messages(dialogue).maxTokens(20).build();
    CompletionRequest shortened =
        request.but().overflow(Optional.of(ContextOverflow.DROP_OLDEST)).build();
    try (StatelessClient client =
        model.stateless(new StatelessSettings(BATCH, AMPLE, 60, Integer.MAX_VALUE))) {
      for (Optional<ContextOverflow> refused :
          List.of(Optional.<ContextOverflow>empty(), Optional.of(ContextOverflow.REFUSE))) {
        assertThatThrownBy(
                () -> client.complete(request.but().overflow(refused).build(), p -> {}).join())
            .cause()
            .hasFieldOrPropertyWithValue("code", ErrorCode.CONTEXT_LENGTH_EXCEEDED);
      }
      Completion answer = client.complete(shortened, piece -> {}).join();
      assertThat(answer.usage().droppedTurns()).isBetween(10, 39);
      assertThat(answer.usage().totalTokens()).isLessThanOrEqualTo(model.contextLimit());
      List<ChatMessage> kept = dialogue.subList(2 * answer.usage().droppedTurns(), dialogue.size());
      Completion same = client.complete(request.but().messages(kept).build(), piece -> {}).join();
      assertThat(answer.text()).isEqualTo(same.text());
      assertThat(answer.usage().promptTokens()).isEqualTo(same.usage().promptTokens());
    }
  }

  @Test
  void whatIsCancelledLeavesTheBatchAndItsMemory() throws Exception {
    try (StatelessClient client = client(AMPLE)) {
      CountDownLatch answering = new CountDownLatch(1);
      CompletableFuture<Completion> endless =
          client.complete(
              CompletionRequest.ofUser("r", "c", "Tell me a story."),
              piece -> answering.countDown());
      answering.await();
      endless.cancel(false);
      CompletableFuture<Completion> next =
          client.complete(CompletionRequest.ofUser("s", "c", "Tell me a story."), piece -> {});
      next.join();
      assertThat(endless).isCancelled();
      // Its first pass was over before: so it had left before the other one's last.
      assertThat(model.engine().running()).isZero();
    }
    assertThat(model.heldBytes()).isZero();
  }

  @Test
  void whoCancelsWhatWaitsHoldsNoPlaceOfOthers() throws Exception {
    BatchLimits onePlace = new BatchLimits(1, 64);
    try (LanguageModel own = own()) {
      StatelessSettings settings = new StatelessSettings(onePlace, AMPLE, 60, 1000);
      try (StatelessClient one = own.stateless(settings);
          StatelessClient other = own.stateless(settings)) {
        for (int round = 0; round < 20; round++) {
          String name = "r" + round;
          CompletableFuture<Completion> first =
              one.complete(CompletionRequest.ofUser(name, "a", "A story."), piece -> {});
          CompletableFuture<Completion> second =
              other.complete(CompletionRequest.ofUser(name, "b", "A story."), piece -> {});
          second.cancel(false);
          first.join();
          one.complete(CompletionRequest.ofUser(name, "c", "A story."), piece -> {}).join();
        }
      }
      assertThat(own.heldBytes()).isZero();
    }
  }

  @Test
  void manyThatAreCancelledTogetherLeaveTheOthersAlone() {
    try (StatelessClient client = client(AMPLE)) {
      CompletionRequest kept = CompletionRequest.ofUser("kept", "c", "Tell me a story.");
      String expected = client.complete(kept, piece -> {}).join().text();
      for (int round = 0; round < 10; round++) {
        List<CompletableFuture<Completion>> futures = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
          CompletionRequest request = CompletionRequest.ofUser("r" + i, "c", "A story.");
          futures.add(client.complete(request, piece -> {}));
        }
        CompletableFuture<Completion> staying = client.complete(kept, piece -> {});
        futures.forEach(future -> future.cancel(false));
        assertThat(staying.join().text()).isEqualTo(expected);
      }
    }
    assertThat(model.heldBytes()).isZero();
  }

  @Test
  void whatHasNotEndedFailsWhenTheCallerCloses() {
    List<CompletableFuture<Completion>> futures = new ArrayList<>();
    StatelessClient client = client(AMPLE);
    for (int i = 0; i < 10; i++) {
      futures.add(client.complete(CompletionRequest.ofUser("r" + i, "c", "A story."), piece -> {}));
    }
    client.close();
    assertThat(futures).allMatch(CompletableFuture::isDone);
    assertThatThrownBy(
            () -> client.complete(CompletionRequest.ofUser("s", "c", "x"), piece -> {}).join())
        .hasMessageContaining("the caller was closed");
  }

  @Test
  void whatAListenerThrowsFailsItsRequestAlone() {
    try (StatelessClient client = client(AMPLE)) {
      CompletableFuture<Completion> failing =
          client.complete(
              CompletionRequest.ofUser("r", "c", "Tell me a story."),
              piece -> {
                throw new AssertionError("no more");
              });
      assertThatThrownBy(failing::join).hasMessageContaining("no more");
      assertThat(
              client.complete(CompletionRequest.ofUser("s", "c", "A story."), piece -> {}).join())
          .isNotNull();
    }
  }

  @Test
  void tokensThatTheModelDoesNotKnowAreRefusedBeforeAnyPass() {
    try (StatelessClient client = client(AMPLE)) {
      int size = model.config().vocabularySize();
      assertThatThrownBy(() -> client.score(new int[] {size}, List.of(new int[] {1})))
          .hasMessageContaining("from 0 to " + (size - 1))
          .hasMessageContaining("is " + size);
      assertThatThrownBy(() -> client.score(new int[] {1}, List.of(new int[] {-1})))
          .hasMessageContaining("continuation");
      assertThatThrownBy(() -> client.score(new int[0], List.of(new int[] {1})))
          .hasMessageContaining("prompt must have at least one token");
    }
  }

  private static int[] tokens(Random random, int count) {
    return random.ints(count, 0, model.config().vocabularySize()).toArray();
  }

  private static LanguageModel own() {
    try {
      return LanguageModel.load(
          ModelSettings.of(TinyMistral.file().toString()).withThreads(1), LoadListener.NONE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static StatelessClient client(long kvBytes) {
    return model.stateless(new StatelessSettings(BATCH, kvBytes, 60, 1000));
  }
}
