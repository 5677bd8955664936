package io.flinkmistral.engine.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.Letters;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts of chosen lengths, whose passes are done without a model. */
@Timeout(60)
class BatchSchedulerTest {
  private static final int LETTER = 'a';
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);

  /** Whatever is drawn from them is the letter. */
  private static final Logits ALWAYS_THE_LETTER = new Logits(oneOf(LETTER), 1, 128);

  private static float[] oneOf(int token) {
    float[] logits = new float[128];
    logits[token] = 1e6f;
    return logits;
  }

  private final KvPagePool pool = new KvPagePool(LAYOUT);

  @AfterEach
  void free() {
    pool.close();
  }

  /** A scheduler, and what the prompts of its clients have come to. */
  private final class Run {
    private final BatchScheduler scheduler = new BatchScheduler();
    private final int budget;
    private final List<Member> members = new ArrayList<>();
    private final Map<Generation, Integer> added = new IdentityHashMap<>();
    private final Map<Generation, Member> owners = new IdentityHashMap<>();

    /** In how many passes each prompt came to its first token. */
    private final Map<Generation, Integer> passesToFirstToken = new IdentityHashMap<>();

    /** Tokens that were drawn of each. */
    private final Map<Generation, Integer> drawn = new IdentityHashMap<>();

    private int passes;

    Run(int budget) {
      this(budget, 1);
    }

    Run(int budget, int clients) {
      this.budget = budget;
      for (int i = 0; i < clients; i++) {
        members.add(new Member(new BatchLimits(Integer.MAX_VALUE, budget), () -> {}));
      }
    }

    Generation add(int tokens) {
      return add(0, tokens);
    }

    Generation add(int client, int tokens) {
      KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);
      Generation generation =
          new Generation(
              CompletionRequest.ofUser("r", "c", "x"),
              new int[tokens],
              AnswerSoFar.nothing(0),
              0,
              cache,
              Letters.VOCABULARY.tokenizer(),
              new AnswerTokens(
                  Letters.VOCABULARY.eosId(),
                  Set.of(Letters.VOCABULARY.eosId()),
                  OptionalInt.empty()),
              Optional.empty(),
              new Generation.Limits(Integer.MAX_VALUE, Integer.MAX_VALUE));
      members.get(client).takePlace(true);
      members.get(client).start(generation);
      owners.put(generation, members.get(client));
      added.put(generation, passes);
      return generation;
    }

    int lacking() {
      return lackingOfEach().sum();
    }

    int prompts() {
      return (int) lackingOfEach().count();
    }

    private IntStream lackingOfEach() {
      return added.keySet().stream().mapToInt(Generation::pendingTokens).filter(n -> n > 1);
    }

    /** Does the next pass, and what must hold of each; prompt tokens of each client. */
    Map<Member, Integer> pass() {
      int lacking = lacking();
      Pass pass = scheduler.next(members, budget);
      passes++;
      Map<Member, Integer> promptTokens = new IdentityHashMap<>();
      for (Pass.Part part : pass.parts()) {
        SequenceInput input = part.input();
        assertThat(input.tokens()).as("nobody takes part with nothing").isNotEmpty();
        if (part.sequence().pendingTokens() > 1) {
          promptTokens.merge(part.member(), input.tokens().length, Integer::sum);
        }
        input.cache().reserve(input.tokens().length);
        input.cache().advance(input.tokens().length);
        if (input.logits() == SequenceInput.Wanted.LAST) {
          Generation generation = (Generation) part.sequence();
          assertThat(generation.accept(ALWAYS_THE_LETTER, 0, 1).getFirst().token())
              .isEqualTo(LETTER);
          drawn.merge(generation, 1, Integer::sum);
          passesToFirstToken.putIfAbsent(generation, passes - added.get(generation));
        }
      }
      assertThat(promptTokens.values().stream().mapToInt(Integer::intValue).sum())
          .as("the whole budget, and no more")
          .isEqualTo(Math.min(budget, lacking));
      assertThat(pass.parts().stream().map(Pass.Part::sequence)).doesNotHaveDuplicates();
      return promptTokens;
    }

    void passUntilTakenIn(Generation generation) {
      while (!passesToFirstToken.containsKey(generation)) {
        pass();
      }
    }

    /** It has come to its first token: its answer is not of interest. */
    void remove(Generation generation) {
      owners.get(generation).cancel(generation, true);
      added.remove(generation);
      generation.cache().close();
    }

    void removeTakenIn() {
      List.copyOf(added.keySet()).stream()
          .filter(passesToFirstToken::containsKey)
          .forEach(this::remove);
    }
  }

  @Test
  void whoOnlyWritesAnswersAddsNothingToTheBudgetOfPrompts() {
    Run run = new Run(4, 7);
    for (int client = 0; client < 5; client++) {
      run.add(client, 1);
    }
    run.add(5, 100);
    run.add(6, 100);
    assertThat(run.pass().values()).containsExactly(2, 2);
  }

  @Test
  void aShortPromptDoesNotWaitForALongOneThatCameBefore() {
    Run run = new Run(128);
    Generation lengthy = run.add(12_288);
    run.pass();
    Generation brief = run.add(20);
    run.passUntilTakenIn(brief);
    assertThat(run.passesToFirstToken.get(brief)).isEqualTo(1);
    run.passUntilTakenIn(lengthy);
    assertThat(run.passes).as("as fast as before: no pass takes in less").isEqualTo(97);
  }

  @Test
  void aLongPromptIsTakenInAtHalfSpeedAtLeastHoweverManyShortOnesCome() {
    Run run = new Run(128);
    Generation lengthy = run.add(12_288);
    while (!run.passesToFirstToken.containsKey(lengthy)) {
      for (int i = 0; i < 10; i++) {
        run.add(30);
      }
      run.pass();
      run.removeTakenIn();
    }
    assertThat(run.passesToFirstToken.get(lengthy)).isEqualTo(2 * 12_288 / 128);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 16, 127, 128})
  void everyPromptIsTakenInWithinItsBounds(int budget) {
    Random random = new Random(budget);
    for (int round = 0; round < 20; round++) {
      Run run = new Run(budget);
      for (int before = 1 + random.nextInt(4); before > 0; before--) {
        run.add(2 + random.nextInt(20 * budget));
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        run.pass();
      }
      Generation watched = run.add(2 + random.nextInt(10 * budget));
      int tokens = watched.pendingTokens();
      int ahead = run.lacking();
      int prompts = run.prompts();
      while (!run.passesToFirstToken.containsKey(watched)) {
        if (random.nextInt(3) == 0) {
          run.add(2 + random.nextInt(5 * budget));
          prompts++;
        }
        run.pass();
      }
      assertThat(run.passesToFirstToken.get(watched))
          .isLessThanOrEqualTo(Math.ceilDiv(2 * ahead, budget))
          .isLessThanOrEqualTo(Math.ceilDiv(2 * prompts * tokens, budget));
      List.copyOf(run.added.keySet()).forEach(run::remove);
    }
  }

  @Test
  void theSamePromptsShareAlikeInEveryRun() {
    List<List<Integer>> runs = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Random random = new Random(7);
      Run run = new Run(33);
      List<Generation> order = new ArrayList<>();
      for (int pass = 0; pass < 60; pass++) {
        order.add(run.add(1 + random.nextInt(200)));
        run.pass();
      }
      runs.add(order.stream().map(run.passesToFirstToken::get).toList());
    }
    assertThat(runs.get(0)).isEqualTo(runs.get(1));
  }

  @Test
  void answersGoOnBesideAnyPrompt() {
    Run run = new Run(1);
    Generation answered = run.add(1);
    run.add(1000);
    for (int i = 0; i < 10; i++) {
      run.pass();
    }
    assertThat(run.drawn.get(answered)).isEqualTo(10);
  }

  @Test
  void aClientsPromptsAreTakenInAtItsShareHoweverManyTheOthersHave() {
    Run run = new Run(128, 3);
    for (int i = 0; i < 50; i++) {
      run.add(0, 10_000);
      run.add(1, 10_000);
    }
    Generation watched = run.add(2, 430);
    run.passUntilTakenIn(watched);
    assertThat(run.passesToFirstToken.get(watched)).isEqualTo(Math.ceilDiv(430, 128 / 3));
  }

  @Test
  void whatAClientDoesNotNeedGoesToTheOthers() {
    Run run = new Run(120, 3);
    run.add(0, 10);
    run.add(1, 1000);
    run.add(2, 1000);
    Map<Member, Integer> shares = run.pass();
    assertThat(run.members.stream().map(shares::get)).containsExactly(10, 55, 55);
  }

  @Test
  void moreClientsThanTokensAllGoOn() {
    List<Member> members = new ArrayList<>();
    Run run = new Run(2, 5);
    for (int i = 0; i < 5; i++) {
      run.add(i, 100);
      members.add(run.members.get(i));
    }
    Pass pass = run.scheduler.next(members, 2);
    assertThat(pass.parts()).hasSize(5).allMatch(part -> part.input().tokens().length == 1);
  }

  @Test
  void aClientNeverBringsMoreThanItAskedFor() {
    Run run = new Run(16);
    run.add(1000);
    Pass pass = run.scheduler.next(run.members, 512);
    assertThat(pass.parts()).hasSize(1).allMatch(part -> part.input().tokens().length == 16);
  }

  @Test
  void limitsOfNothingAreRefused() {
    assertThatThrownBy(() -> new BatchLimits(8, 0)).hasMessageContaining("at least 1 prompt token");
    assertThatThrownBy(() -> new BatchLimits(0, 8)).hasMessageContaining("at least 1 sequence");
  }
}
