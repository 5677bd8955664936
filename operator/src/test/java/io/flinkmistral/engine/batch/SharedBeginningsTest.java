package io.flinkmistral.engine.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.cache.prefix.PrefixCache;
import io.flinkmistral.generation.Scoring;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Prompts that begin alike, whose passes are done without a model. */
@Timeout(60)
class SharedBeginningsTest {
  private static final int VOCABULARY = 8;
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);
  private static final Logits LOGITS = new Logits(new float[VOCABULARY], 1, VOCABULARY);

  private final KvPagePool pool = new KvPagePool(LAYOUT);

  @AfterEach
  void free() {
    pool.close();
  }

  /** A scheduler, its clients, and what has become of their prompts. */
  private final class Run {
    final BatchScheduler scheduler = new BatchScheduler();
    final PrefixCache prefixes = new PrefixCache("model", 16);
    final List<Member> members = new ArrayList<>();
    final Map<Sequence, Member> live = new IdentityHashMap<>();
    final Map<Sequence, Integer> passesToTheEnd = new IdentityHashMap<>();
    final Map<Sequence, List<Integer>> reported = new IdentityHashMap<>();
    final int budget;
    final boolean reporting;
    int passes;
    int computed;

    /**
     * @param pages that are kept for others
     * @param reporting whether clients are told of pages
     */
    Run(int budget, int clients, int pages, boolean reporting) {
      this.budget = budget;
      this.reporting = reporting;
      prefixes.growTo(pages);
      for (int i = 0; i < clients; i++) {
        members.add(new Member(new BatchLimits(Integer.MAX_VALUE, budget), () -> {}));
      }
    }

    Sequence add(int client, int[] prompt) {
      KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);
      cache.shareIn(prefixes, Optional.of("all"));
      if (!reporting) {
        cache.reportNothing();
      }
      Scoring sequence = Scoring.next(cache, prompt, new int[] {1});
      Member member = members.get(client);
      member.takePlace(true);
      member.start(sequence);
      live.put(sequence, member);
      return sequence;
    }

    /** The next pass of some clients; whether there was one. */
    boolean pass(List<Member> awake) {
      Pass pass = scheduler.next(awake, budget);
      passes += pass == Pass.NONE ? 0 : 1;
      Map<Member, List<Progress.Advanced>> progress = new IdentityHashMap<>();
      for (Pass.Part part : pass.parts()) {
        SequenceInput input = part.input();
        KvCache cache = input.cache();
        cache.reserve(input.tokens().length);
        cache.advance(input.tokens());
        computed += input.tokens().length;
        if (input.logitRows() > 0) {
          part.sequence().accept(LOGITS, 0, 1);
          passesToTheEnd.put(part.sequence(), passes);
        }
        List<KvPage> filled = cache.takeFilled();
        filled.forEach(
            page ->
                reported
                    .computeIfAbsent(part.sequence(), _ -> new ArrayList<>())
                    .add(page.index()));
        progress
            .computeIfAbsent(part.member(), _ -> new ArrayList<>())
            .add(part.advanced(pass.end(), new Pass.Outcome.Done(List.of(), filled)));
      }
      progress.forEach(
          (member, advanced) -> {
            member.passed(advanced);
            advanced.stream().filter(Progress.Advanced::ended).forEach(one -> end(one.sequence()));
          });
      return pass != Pass.NONE;
    }

    void passAll() {
      while (!live.isEmpty()) {
        assertThat(pass(members)).as("somebody goes on").isTrue();
        members.forEach(Member::take);
      }
    }

    void cancel(Sequence sequence) {
      live.get(sequence).cancel(sequence, true);
      end(sequence);
    }

    private void end(Sequence sequence) {
      live.remove(sequence);
      sequence.cache().close();
    }

    void assertNothingIsLost() {
      assertThat(pool.bytesInUse()).isEqualTo((long) prefixes.pages() * LAYOUT.pageBytes());
      prefixes.clear();
      assertThat(pool.bytesInUse()).isZero();
    }
  }

  private static int[] prompt(Random random, int[] beginning, int own) {
    return IntStream.concat(Arrays.stream(beginning), random.ints(own, 0, VOCABULARY)).toArray();
  }

  private static int[] beginning(int tokens) {
    return new Random(1).ints(tokens, 0, VOCABULARY).toArray();
  }

  @Test
  void whatManyPromptsBeginWithIsComputedOnce() {
    for (boolean reporting : new boolean[] {false, true}) {
      Run run = new Run(128, 3, 1000, reporting);
      Random random = new Random(2);
      List<Sequence> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        all.add(run.add(i % 3, prompt(random, beginning(400), 50)));
      }
      run.passAll();
      assertThat(run.computed).isEqualTo(400 + 50 * 50);
      if (reporting) {
        for (Sequence sequence : all) {
          assertThat(run.reported.get(sequence))
              .as("each page is told of once, and in its place")
              .isEqualTo(IntStream.range(0, 450 / 16).boxed().toList());
        }
      }
      run.assertNothingIsLost();
    }
  }

  @Test
  void aBeginningThatIsAWholePromptLeavesItsLastTokenToBeComputed() {
    Run run = new Run(128, 1, 1000, false);
    run.add(0, beginning(64));
    run.passAll();
    run.add(0, beginning(64));
    run.add(0, beginning(65));
    run.passAll();
    assertThat(run.computed).isEqualTo(64 + 16 + 1);
    run.assertNothingIsLost();
  }

  @Test
  void whereTheFirstIsCancelledAnotherGoesOnWithWhatThereIs() {
    Run run = new Run(32, 2, 1000, false);
    Random random = new Random(3);
    Sequence first = run.add(0, prompt(random, beginning(400), 10));
    for (int i = 0; i < 5; i++) {
      run.add(i % 2, prompt(random, beginning(400), 10));
    }
    for (int i = 0; i < 3; i++) {
      run.pass(run.members);
    }
    assertThat(first.cache().length()).as("it is the one that computes").isEqualTo(96);
    run.cancel(first);
    run.passAll();
    assertThat(run.computed).isEqualTo(400 + 5 * 10);
    run.assertNothingIsLost();
  }

  @Test
  void nobodyWaitsForAClientThatDoesNotTakeWhatHasCome() {
    Run run = new Run(32, 2, 1000, false);
    Random random = new Random(4);
    Sequence sleeping = run.add(0, prompt(random, beginning(400), 10));
    Sequence other = run.add(1, prompt(random, beginning(400), 10));
    run.pass(run.members);
    while (run.live.containsKey(other)) {
      assertThat(run.pass(run.members.subList(1, 2))).isTrue();
    }
    assertThat(sleeping.cache().length()).isEqualTo(32);
    run.passAll();
    assertThat(run.computed).isEqualTo(400 + 2 * 10);
    run.assertNothingIsLost();
  }

  @Test
  void aSequenceThatWantsAllLogitsSharesNone() {
    Run run = new Run(100, 1, 1000, false);
    run.add(0, beginning(64));
    run.passAll();
    KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);
    cache.shareIn(run.prefixes, Optional.of("all"));
    Scoring each = Scoring.each(cache, beginning(64));
    Member member = run.members.getFirst();
    member.takePlace(true);
    member.start(each);
    Pass pass = run.scheduler.next(run.members, 100);
    assertThat(pass.parts().getFirst().input().tokens()).hasSize(63);
    cache.close();
    run.prefixes.clear();
  }

  /** Told of pages or not, with too little room for them or enough, cancelled or asleep. */
  @Test
  void everyPromptIsTakenInWhateverBecomesOfOthers() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Run run =
          new Run(
              1 + random.nextInt(100), 1 + random.nextInt(3), random.nextInt(60), seed % 2 == 0);
      int toCome = 30;
      for (int idle = 0; toCome > 0 || !run.live.isEmpty(); ) {
        while (toCome > 0 && random.nextInt(3) == 0) {
          int[] beginning = Arrays.copyOf(beginning(200), 1 + random.nextInt(200));
          run.add(
              random.nextInt(run.members.size()),
              prompt(random, beginning, 1 + random.nextInt(40)));
          toCome--;
        }
        if (!run.live.isEmpty() && random.nextInt(10) == 0) {
          run.cancel(run.live.keySet().iterator().next());
        }
        boolean passed =
            run.pass(run.members.stream().filter(Member::isAwake).toList()) || run.live.isEmpty();
        run.members.stream().filter(_ -> random.nextBoolean()).forEach(Member::take);
        idle = passed ? 0 : idle + 1;
        assertThat(idle).as("passes that nobody took part in, of seed %d", seed).isLessThan(100);
      }
      run.assertNothingIsLost();
    }
  }

  /** A prompt may be later for sharing nothing, as others lack less than it does. */
  @Test
  void promptsAreSoonerAndNobodyWaitsForOnesThatCameLater() {
    for (long seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      int budget = 16 + random.nextInt(100);
      int clients = 1 + random.nextInt(3);
      List<List<int[]>> ofClients = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        ofClients.add(prompts(random, 1 + random.nextInt(12)));
      }
      Map<int[], Integer> alone = passesToTheEnd(budget, ofClients, 0);
      Map<int[], Integer> shared = passesToTheEnd(budget, ofClients, 1000);
      for (List<int[]> prompts : ofClients) {
        int tokens = 0;
        for (int[] prompt : prompts) {
          tokens += prompt.length + 16; // The page where it parts from others.
          assertThat(shared.get(prompt))
              .as("passes of a prompt of seed %d", seed)
              .isLessThanOrEqualTo(Math.ceilDiv(2 * tokens, budget / clients));
        }
      }
      assertThat(sum(shared)).as("passes, of seed %d", seed).isLessThanOrEqualTo(sum(alone));
    }
  }

  private static int sum(Map<int[], Integer> passes) {
    return passes.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static List<int[]> prompts(Random random, int count) {
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      prompts.add(
          prompt(
              random, Arrays.copyOf(beginning(300), 1 + random.nextInt(300)), random.nextInt(60)));
    }
    return prompts;
  }

  /** Of prompts that come at once. */
  private Map<int[], Integer> passesToTheEnd(int budget, List<List<int[]>> ofClients, int pages) {
    Run run = new Run(budget, ofClients.size(), pages, false);
    Map<int[], Sequence> all = new IdentityHashMap<>();
    for (int client = 0; client < ofClients.size(); client++) {
      for (int[] prompt : ofClients.get(client)) {
        all.put(prompt, run.add(client, prompt));
      }
    }
    run.passAll();
    run.assertNothingIsLost();
    Map<int[], Integer> passes = new IdentityHashMap<>();
    all.forEach((prompt, sequence) -> passes.put(prompt, run.passesToTheEnd.get(sequence)));
    return passes;
  }
}
