package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.Embedding;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.weights.LoadListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records that begin alike, of callers that keep no conversations. */
@Timeout(180)
class SharedPrefixTest {
  private static final long AMPLE = 64L << 20;

  /** Longer than the window of 256 with what follows it. */
  private static final String LONG = "You are a careful assistant who labels tickets. ".repeat(12);

  private static LanguageModel model(KvType type) throws IOException {
    return LanguageModel.load(
        ModelSettings.of(TinyMistral.file().toString()).withThreads(1).withKvType(type),
        LoadListener.NONE);
  }

  private static StatelessClient client(
      LanguageModel model, int conversations, int prefill, long kvBytes, PrefixSharing sharing) {
    return model.stateless(
        new StatelessSettings(new BatchLimits(conversations, prefill), kvBytes, 24, 2000, sharing));
  }

  private static PrefixSharing sharing(long bytes) {
    return new PrefixSharing(bytes, PrefixSharing.Scope.ALL);
  }

  private static CompletionRequest request(int i, String system, String user) {
    return CompletionRequest.of("r" + i, "c" + i)
        .messages(List.of(new ChatMessage(Role.SYSTEM, system), new ChatMessage(Role.USER, user)))
        .build();
  }

  /** Some cancelled, some scores; with budgets from nothing to plenty. */
  @ParameterizedTest
  @EnumSource(KvType.class)
  void noBitDependsOnWhatIsShared(KvType type) throws Exception {
    try (LanguageModel model = model(type)) {
      for (long seed = 0; seed < 3; seed++) {
        Random random = new Random(seed);
        List<CompletionRequest> requests = new ArrayList<>();
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
          String beginning = LONG.substring(0, random.nextInt(LONG.length()));
          requests.add(request(i, random.nextBoolean() ? LONG : beginning, "Ticket " + i));
          prompts.add(model.encodeTurn(true, requests.get(i)));
        }
        List<int[]> labels = List.of(new int[] {300}, new int[] {301, 302, 303});
        List<String> texts = new ArrayList<>();
        List<double[]> scores = new ArrayList<>();
        try (StatelessClient alone = client(model, 1, 64, AMPLE, PrefixSharing.NONE)) {
          for (int i = 0; i < requests.size(); i++) {
            texts.add(alone.complete(requests.get(i), _ -> {}).join().text());
            scores.addAll(alone.score(prompts.get(i), labels).join());
          }
        }
        long pageBytes = model.kvLayout().pageBytes();
        try (StatelessClient sharing =
            client(
                model,
                1 + random.nextInt(8),
                1 + random.nextInt(100),
                pageBytes * (60 + random.nextInt(200)),
                sharing(pageBytes * (1 + random.nextInt(80))))) {
          List<CompletableFuture<Completion>> answers = new ArrayList<>();
          List<CompletableFuture<List<double[]>>> likely = new ArrayList<>();
          for (int i = 0; i < requests.size(); i++) {
            CompletableFuture<Completion> cancelled =
                sharing.complete(requests.get(random.nextInt(requests.size())), _ -> {});
            answers.add(sharing.complete(requests.get(i), _ -> {}));
            likely.add(sharing.score(prompts.get(i), labels));
            cancelled.cancel(true);
          }
          for (int i = 0; i < requests.size(); i++) {
            assertThat(answers.get(i).join().text()).isEqualTo(texts.get(i));
            List<double[]> both = likely.get(i).join();
            assertThat(both.get(0)).containsExactly(scores.get(2 * i));
            assertThat(both.get(1)).containsExactly(scores.get(2 * i + 1));
          }
        }
        assertThat(model.heldBytes()).isZero();
        assertThat(model.cacheBytes()).isEqualTo(model.sharedBytes());
      }
    }
  }

  @Test
  void recordsSayHowManyTokensOthersHadComputed() throws Exception {
    try (LanguageModel model = model(KvType.F16);
        StatelessClient client = client(model, 4, 64, AMPLE, sharing(AMPLE))) {
      CompletionRequest request = request(1, LONG, "Ticket");
      Completion first = client.complete(request, _ -> {}).join();
      Completion second = client.complete(request, _ -> {}).join();
      int prompt = first.usage().promptTokens();
      assertThat(first.sharedTokens()).isZero();
      assertThat(second.sharedTokens()).isEqualTo((prompt - 1) / 16 * 16);
      assertThat(second.usage()).as("state has held nothing").isEqualTo(first.usage());
      assertThat(second.usage().cachedTokens()).isZero();
    }
  }

  @Test
  void usersShareWithThemselvesAloneWhereTheScopeSaysSo() throws Exception {
    try (LanguageModel model = model(KvType.F16);
        StatelessClient client =
            client(model, 4, 64, AMPLE, new PrefixSharing(AMPLE, PrefixSharing.Scope.USER))) {
      client.complete(of("ann", LONG), _ -> {}).join();
      assertThat(client.complete(of("bob", LONG), _ -> {}).join().sharedTokens()).isZero();
      assertThat(client.complete(of("ann", LONG), _ -> {}).join().sharedTokens()).isPositive();
      client.complete(request(1, LONG, "x"), _ -> {}).join();
      assertThat(client.complete(request(2, LONG, "x"), _ -> {}).join().sharedTokens())
          .as("of nobody in particular")
          .isZero();
    }
  }

  /**
   * What nobody draws says nothing of shared tokens: a beginning that is shared stands there once.
   */
  @Test
  void callersOfAnotherSaltShareNothing() throws Exception {
    try (LanguageModel model = model(KvType.F16)) {
      int[] prompt = model.encodeTurn(true, request(1, LONG, "Ticket"));
      long once = sharedAfter(model, prompt, "");
      assertThat(once).isPositive();
      assertThat(sharedAfter(model, prompt, "")).isEqualTo(once);
      assertThat(sharedAfter(model, prompt, "a")).isEqualTo(2 * once);
      assertThat(sharedAfter(model, prompt, "a")).isEqualTo(2 * once);
      assertThat(sharedAfter(model, prompt, "b")).isEqualTo(3 * once);
    }
  }

  /** Answers, scores and vectors share with each other. */
  private static long sharedAfter(LanguageModel model, int[] prompt, String salt) {
    PrefixSharing sharing = new PrefixSharing(AMPLE, PrefixSharing.Scope.ALL, salt);
    try (StatelessClient client = client(model, 4, 64, AMPLE, sharing)) {
      client.score(prompt, List.of(new int[] {300})).join();
      client.embed(prompt, Embedding.Pooling.LAST).join();
      Completion answer = client.complete(request(1, LONG, "Ticket"), _ -> {}).join();
      assertThat(answer.sharedTokens()).isEqualTo((prompt.length - 1) / 16 * 16);
      return model.sharedBytes();
    }
  }

  @Test
  void requestsOfAnotherSaltShareNothing() throws Exception {
    try (LanguageModel model = model(KvType.F16);
        StatelessClient client = client(model, 4, 64, AMPLE, sharing(AMPLE))) {
      client.complete(request(1, LONG, "x"), _ -> {}).join();
      for (int shared : new int[] {0, 1}) {
        CompletionRequest salted =
            request(2 + shared, LONG, "x")
                .but()
                .options(AnswerOptions.DEFAULT.withCacheSalt("tenant"))
                .build();
        assertThat(client.complete(salted, _ -> {}).join().sharedTokens() > 0)
            .isEqualTo(shared == 1);
      }
    }
  }

  private static CompletionRequest of(String user, String system) {
    return CompletionRequest.of("r", "c")
        .messages(List.of(new ChatMessage(Role.SYSTEM, system), new ChatMessage(Role.USER, "x")))
        .options(AnswerOptions.DEFAULT.withUser(user))
        .build();
  }

  /** Two jobs of one model. */
  @Test
  void whoSharesNothingNeitherGivesNorTakes() throws Exception {
    try (LanguageModel model = model(KvType.F16);
        StatelessClient sharing = client(model, 4, 64, AMPLE, sharing(AMPLE));
        StatelessClient other = client(model, 4, 64, AMPLE, sharing(AMPLE / 2));
        StatelessClient alone = client(model, 4, 64, AMPLE, PrefixSharing.NONE)) {
      alone.complete(request(1, LONG, "x"), _ -> {}).join();
      assertThat(model.sharedBytes()).isZero();
      sharing.complete(request(2, LONG, "x"), _ -> {}).join();
      assertThat(other.complete(request(3, LONG, "x"), _ -> {}).join().sharedTokens()).isPositive();
      assertThat(alone.complete(request(4, LONG, "x"), _ -> {}).join().sharedTokens()).isZero();
    }
  }

  @Test
  void theBudgetIsKept() throws Exception {
    try (LanguageModel model = model(KvType.F16)) {
      long budget = 7L * model.kvLayout().pageBytes();
      try (StatelessClient client = client(model, 4, 64, AMPLE, sharing(budget))) {
        for (int i = 0; i < 6; i++) {
          client.complete(request(i, i + LONG, "x"), _ -> {}).join();
          assertThat(model.sharedBytes()).isPositive().isLessThanOrEqualTo(budget);
        }
        // What was used last is at hand.
        assertThat(client.complete(request(5, "5" + LONG, "x"), _ -> {}).join().sharedTokens())
            .isEqualTo(7 * 16);
      }
      assertThat(model.cacheBytes()).isLessThanOrEqualTo(budget);
    }
  }

  @Test
  void pagesOfAllThatWasEverComputedAreThoseOfAPromptTakenInAtOnce() throws Exception {
    int[] tokens = new Random(9).ints(500, 3, 1000).toArray();
    try (LanguageModel model = model(KvType.F16)) {
      List<double[]> expected = new ArrayList<>();
      List<int[]> next = List.of(new int[] {5}, new int[] {6});
      try (StatelessClient whole = client(model, 1, 2048, AMPLE, PrefixSharing.NONE)) {
        for (int length : new int[] {100, 300, 500}) {
          expected.addAll(whole.score(Arrays.copyOf(tokens, length), next).join());
        }
      }
      for (int chunk : new int[] {1, 7, 16, 33}) {
        List<double[]> scores = new ArrayList<>();
        try (StatelessClient chunks = client(model, 2, chunk, AMPLE, sharing(AMPLE))) {
          for (int length : new int[] {100, 300, 500}) {
            scores.addAll(chunks.score(Arrays.copyOf(tokens, length), next).join());
          }
        }
        for (int i = 0; i < expected.size(); i++) {
          assertThat(scores.get(i)).containsExactly(expected.get(i));
        }
      }
    }
  }
}
