package io.flinkmistral.cache.prefix;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvWindow;
import io.flinkmistral.cache.KvWriter;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of a toy model, whose keys are sums over all tokens so far: no page is like another. */
@Timeout(60)
class PrefixCacheTest {
  private static final int PAGE = 4;
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, PAGE, KvType.F32);
  private static final Optional<String> ALL = Optional.of("all");

  private final KvPagePool pool = new KvPagePool(LAYOUT);
  private final List<KvCache> caches = new ArrayList<>();

  @AfterEach
  void free() {
    pool.close();
  }

  private PrefixCache prefixes(int pages) {
    PrefixCache prefixes = new PrefixCache("model", PAGE);
    prefixes.growTo(pages);
    return prefixes;
  }

  private KvCache cache(PrefixCache prefixes, Optional<String> salt, OptionalInt window) {
    KvCache cache = new KvCache(LAYOUT, window, pool, 0);
    cache.shareIn(prefixes, salt);
    caches.add(cache);
    return cache;
  }

  private KvCache cache(PrefixCache prefixes) {
    return cache(prefixes, ALL, OptionalInt.empty());
  }

  /** Takes in the tokens from where the cache is, at most {@code chunk} at once. */
  private static void compute(KvCache cache, int[] tokens, int chunk) {
    KvWriter writer = new KvWriter(LAYOUT);
    while (cache.length() < tokens.length) {
      int from = cache.length();
      int[] part = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + chunk));
      cache.reserve(part.length);
      for (int i = from; i < from + part.length; i++) {
        float[] value = {valueAt(tokens, i)};
        writer.write(cache, 0, i, value, value, 0);
      }
      cache.advance(part);
    }
  }

  private static float valueAt(int[] tokens, int position) {
    long all = 17;
    for (int i = 0; i <= position; i++) {
      all = 31 * all + tokens[i];
    }
    return (int) all >> 8;
  }

  private static void assertHolds(KvCache cache, int[] tokens) {
    assertThat(cache.length()).isLessThanOrEqualTo(tokens.length);
    cache.read(
        cache.firstPage() * PAGE,
        cache.length(),
        (page, token, position, count) -> {
          for (int i = 0; i < count; i++) {
            float key =
                page.get(ValueLayout.JAVA_FLOAT_UNALIGNED, LAYOUT.keys(0, 0) + 4L * (token + i));
            assertThat(key).isEqualTo(valueAt(tokens, position + i));
          }
        });
  }

  private void close(KvCache cache) {
    cache.close();
    caches.remove(cache);
  }

  /** Of pages, each counted once. */
  private long pagesInUse() {
    return pool.bytesInUse() / LAYOUT.pageBytes();
  }

  private static int[] tokens(int... tokens) {
    return tokens;
  }

  @Test
  void equalBeginningsAreTheSameMemory() {
    PrefixCache prefixes = prefixes(10);
    int[] first = tokens(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    int[] second = tokens(1, 2, 3, 4, 5, 6, 7, 8, 20, 21, 22, 23);
    KvCache one = cache(prefixes);
    compute(one, first, 3);
    KvCache other = cache(prefixes);
    assertThat(other.share(second)).isEqualTo(8);
    compute(other, second, 16);
    assertThat(other.page(1).address()).isEqualTo(one.page(1).address());
    assertHolds(one, first);
    assertHolds(other, second);
    assertThat(other.sharedTokens()).isEqualTo(8);
    assertThat(pagesInUse()).as("two shared, one begun, one of its own").isEqualTo(4);
  }

  @Test
  void whoComputedTheSameAtTheSameTimeTakesTheOthersPage() {
    PrefixCache prefixes = prefixes(10);
    int[] tokens = tokens(1, 2, 3, 4, 5, 6, 7, 8);
    KvCache one = cache(prefixes);
    KvCache other = cache(prefixes);
    compute(one, tokens, 3);
    compute(other, tokens, 5);
    assertThat(pagesInUse()).isEqualTo(2);
    assertThat(other.sharedTokens()).as("it has computed them").isZero();
    assertHolds(other, tokens);
  }

  @Test
  void aPageThatIsHalfFilledGivesWayToAWholeOne() {
    PrefixCache prefixes = prefixes(10);
    int[] tokens = tokens(1, 2, 3, 4, 5, 6, 7, 8);
    KvCache late = cache(prefixes);
    compute(late, tokens(1, 2, 3), 8);
    compute(cache(prefixes), tokens, 8);
    assertThat(late.share(tokens(4, 5))).isEqualTo(1);
    assertThat(late.length()).isEqualTo(4);
    assertThat(late.share(tokens(5, 6, 7, 8))).isEqualTo(4);
    assertHolds(late, tokens);
    assertThat(pagesInUse()).isEqualTo(2);
  }

  @Test
  void whoFindsNothingHasUsedNothing() {
    PrefixCache prefixes = prefixes(2);
    KvCache first = cache(prefixes);
    compute(first, tokens(1, 2, 3, 4), 8);
    compute(cache(prefixes), tokens(9, 9, 9, 9), 8);
    assertThat(first.share(tokens(5, 6, 7, 8))).isZero();
    compute(cache(prefixes), tokens(7, 7, 7, 7), 8); // There is no room for a third one.
    assertThat(cache(prefixes).share(tokens(9, 9, 9, 9))).isEqualTo(4);
    assertThat(cache(prefixes).share(tokens(1, 2, 3, 4))).isZero();
  }

  @Test
  void nobodySharesWithAnotherSalt() {
    PrefixCache prefixes = prefixes(10);
    int[] tokens = tokens(1, 2, 3, 4);
    compute(cache(prefixes), tokens, 8);
    assertThat(cache(prefixes, Optional.of("b"), OptionalInt.empty()).share(tokens)).isZero();
    assertThat(cache(prefixes, Optional.empty(), OptionalInt.empty()).share(tokens)).isZero();
    assertThat(cache(prefixes).share(tokens)).isEqualTo(4);
  }

  @Test
  void aCacheThatGoesOnWithAnotherSaltSharesNoMore() {
    PrefixCache prefixes = prefixes(10);
    KvCache cache = cache(prefixes);
    compute(cache, tokens(1, 2, 3, 4), 8);
    cache.shareIn(prefixes, Optional.of("b"));
    compute(cache, tokens(1, 2, 3, 4, 5, 6, 7, 8), 8);
    assertThat(cache(prefixes).share(tokens(1, 2, 3, 4, 5, 6, 7, 8))).isEqualTo(4);
    assertThat(cache(prefixes, Optional.of("b"), OptionalInt.empty()).share(tokens(1, 2, 3, 4)))
        .isZero();
  }

  @Test
  void aCacheThatDoesNotBeginAtTheBeginningSharesNothing() {
    PrefixCache prefixes = prefixes(10);
    KvCache rebuilt = new KvCache(LAYOUT, OptionalInt.of(4), pool, 2);
    rebuilt.shareIn(prefixes, ALL);
    compute(rebuilt, new int[16], 4);
    assertThat(prefixes.pages()).as("what came before it is not known").isZero();
    rebuilt.close();
  }

  @Test
  void theOneThatWasUsedLongestAgoGoesFirstAndNoneBeforeThoseBehindIt() {
    PrefixCache prefixes = prefixes(3);
    int[] old = tokens(1, 1, 1, 1, 2, 2, 2, 2);
    KvCache first = cache(prefixes);
    compute(first, old, 8);
    close(first);
    KvCache second = cache(prefixes);
    compute(second, tokens(9, 9, 9, 9), 8);
    close(second);
    KvCache third = cache(prefixes);
    compute(third, tokens(8, 8, 8, 8), 8);
    close(third);
    assertThat(prefixes.pages()).isEqualTo(3);
    KvCache again = cache(prefixes);
    assertThat(again.share(old)).as("its second page has gone").isEqualTo(4);
    close(again);
    KvCache fourth = cache(prefixes);
    compute(fourth, tokens(7, 7, 7, 7), 8);
    close(fourth);
    KvCache nines = cache(prefixes);
    assertThat(nines.share(tokens(9, 9, 9, 9))).as("the oldest, as the other was used").isZero();
    assertThat(pagesInUse()).isEqualTo(3);
    prefixes.clear();
    assertThat(pagesInUse()).isZero();
  }

  @Test
  void aBeginningThatIsLongerThanTheBudgetIsSharedAsFarAsItGoes() {
    PrefixCache prefixes = prefixes(2);
    int[] tokens = new Random(3).ints(16, 0, 9).toArray();
    KvCache one = cache(prefixes);
    compute(one, tokens, 16);
    assertThat(prefixes.pages()).isEqualTo(2);
    assertThat(one.isSharing()).isFalse();
    KvCache other = cache(prefixes);
    assertThat(other.share(tokens)).isEqualTo(8);
    assertThat(other.nextPage(Arrays.copyOfRange(tokens, 8, 16)))
        .as("nobody waits for what cannot be kept")
        .isEmpty();
    compute(other, tokens, 16);
    assertHolds(other, tokens);
  }

  @Test
  void aCacheWithAWindowTakesOnlyWhatItSees() {
    PrefixCache prefixes = prefixes(20);
    int[] tokens = new Random(4).ints(40, 0, 9).toArray();
    KvCache one = cache(prefixes, ALL, OptionalInt.of(6));
    compute(one, tokens, 7);
    KvCache other = cache(prefixes, ALL, OptionalInt.of(6));
    assertThat(other.share(Arrays.copyOf(tokens, 39))).isEqualTo(36);
    assertThat(other.firstPage()).isEqualTo(new KvWindow(PAGE, OptionalInt.of(6)).firstKept(36));
    assertHolds(other, tokens);
    assertThat(other.takeFilled()).hasSize(other.pages());
  }

  @Test
  void aBranchAndACutGoOnSharing() {
    PrefixCache prefixes = prefixes(20);
    int[] tokens = tokens(1, 2, 3, 4, 5, 6);
    KvCache one = cache(prefixes);
    compute(one, tokens, 6);
    KvCache branch = one.branch();
    caches.add(branch);
    int[] longer = tokens(1, 2, 3, 4, 5, 6, 7, 8);
    compute(branch, longer, 4);
    one.cut(1);
    assertThat(one.share(tokens(5, 6, 7, 8, 9))).isEqualTo(4);
    assertHolds(one, longer);
    assertHolds(branch, longer);
  }

  /** Every hash is the same, so that only tokens tell pages apart. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noWrongPageIsEverTakenAndNoneIsLost(boolean hashesCollide) {
    for (long seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      PrefixCache prefixes =
          hashesCollide
              ? new PrefixCache("model", PAGE, (before, tokens) -> 7)
              : new PrefixCache("model", PAGE);
      int capacity = random.nextInt(30);
      prefixes.growTo(capacity);
      OptionalInt window =
          random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(1 + random.nextInt(20));
      List<int[]> texts = new ArrayList<>();
      List<KvCache> live = new ArrayList<>();
      List<int[]> of = new ArrayList<>();
      for (int step = 0; step < 150; step++) {
        if (live.isEmpty() || random.nextInt(3) == 0) {
          int[] text = text(random, texts);
          texts.add(text);
          live.add(cache(prefixes, Optional.of("" + random.nextInt(2)), window));
          of.add(text);
        }
        int i = random.nextInt(live.size());
        KvCache cache = live.get(i);
        int[] text = of.get(i);
        switch (random.nextInt(6)) {
          case 0 -> {
            close(cache);
            live.remove(i);
            of.remove(i);
          }
          case 1 -> {
            int end = cache.length() / PAGE;
            if (window.isEmpty() && end > 0) {
              cache.cut(random.nextInt(end + 1));
            }
          }
          case 2 -> {
            KvCache branch = cache.branch();
            caches.add(branch);
            live.add(branch);
            of.add(text);
          }
          case 3, 4 -> cache.share(Arrays.copyOfRange(text, cache.length(), text.length));
          default -> {
            int end = Math.min(text.length, cache.length() + 1 + random.nextInt(9));
            compute(cache, Arrays.copyOf(text, end), 1 + random.nextInt(9));
          }
        }
        for (int k = 0; k < live.size(); k++) {
          assertHolds(live.get(k), of.get(k));
        }
        assertThat(prefixes.pages()).isLessThanOrEqualTo(capacity);
      }
      List.copyOf(caches).forEach(this::close);
      assertThat(pagesInUse()).as("only those that are kept").isEqualTo(prefixes.pages());
      assertThat(prefixes.idlePages()).isEqualTo(prefixes.pages());
      prefixes.clear();
      assertThat(pagesInUse()).isZero();
    }
  }

  /** Begins like an earlier one, mostly. */
  private static int[] text(Random random, List<int[]> earlier) {
    int[] text = random.ints(1 + random.nextInt(40), 0, 3).toArray();
    if (!earlier.isEmpty() && random.nextInt(4) > 0) {
      int[] other = earlier.get(random.nextInt(earlier.size()));
      int equal = random.nextInt(Math.min(other.length, text.length) + 1);
      System.arraycopy(other, 0, text, 0, equal);
    }
    return text;
  }
}
