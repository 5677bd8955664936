package io.flinkmistral.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KvWindowTest {

  @Test
  void noCacheEverHasMorePagesThanAreForeseen() {
    Random random = new Random(7);
    int closest = Integer.MAX_VALUE;
    for (int round = 0; round < 2000; round++) {
      KvLayout layout = new KvLayout(1, 1, 1, 1 + random.nextInt(9), KvType.F16);
      OptionalInt window =
          random.nextInt(4) == 0 ? OptionalInt.empty() : OptionalInt.of(1 + random.nextInt(40));
      int chunk = 1 + random.nextInt(30);
      int positions = 1 + random.nextInt(200);
      int foreseen = new KvWindow(layout.pageTokens(), window).mostPages(positions, chunk);
      int most = 0;
      try (KvPagePool pool = new KvPagePool(layout)) {
        KvCache cache = new KvCache(layout, window, pool, 0);
        while (cache.length() < positions) {
          int take = Math.min(1 + random.nextInt(chunk), positions - cache.length());
          cache.reserve(take);
          most = Math.max(most, cache.pages());
          cache.advance(take);
        }
        cache.close();
      }
      assertThat(most).isLessThanOrEqualTo(foreseen);
      closest = Math.min(closest, foreseen - most);
    }
    assertThat(closest).as("pages foreseen and never used").isZero();
  }

  /** Without a window there are exactly those; with one, they go at different times. */
  @Test
  void sequencesThatBeginAlikeHaveNoMorePagesTogetherThanAreForeseen() {
    Random random = new Random(8);
    for (int round = 0; round < 1000; round++) {
      KvLayout layout = new KvLayout(1, 1, 1, 1 + random.nextInt(9), KvType.F16);
      OptionalInt window =
          random.nextInt(4) == 0 ? OptionalInt.empty() : OptionalInt.of(1 + random.nextInt(40));
      int chunk = 1 + random.nextInt(30);
      int shared = random.nextInt(100);
      int positions = shared + 1 + random.nextInt(100);
      int sequences = 1 + random.nextInt(5);
      int foreseen =
          new KvWindow(layout.pageTokens(), window).mostPages(shared, sequences, positions, chunk);
      long most = 0;
      try (KvPagePool pool = new KvPagePool(layout)) {
        List<KvCache> caches = new ArrayList<>();
        caches.add(new KvCache(layout, window, pool, 0));
        most = grow(caches.getFirst(), shared, chunk, random, pool, most);
        for (int i = 1; i < sequences; i++) {
          caches.add(caches.getFirst().branch());
        }
        List<KvCache> growing = new ArrayList<>(caches);
        while (!growing.isEmpty()) {
          KvCache cache = growing.get(random.nextInt(growing.size()));
          int take = 1 + random.nextInt(positions - cache.length());
          most = grow(cache, cache.length() + take, chunk, random, pool, most);
          if (cache.length() == positions) {
            growing.remove(cache);
          }
        }
        caches.forEach(KvCache::close);
      }
      if (window.isEmpty()) {
        assertThat(most).isEqualTo(foreseen);
      } else {
        assertThat(most).isLessThanOrEqualTo(foreseen);
      }
    }
  }

  private static long grow(
      KvCache cache, int positions, int chunk, Random random, KvPagePool pool, long mostBefore) {
    long most = mostBefore;
    while (cache.length() < positions) {
      int take = Math.min(1 + random.nextInt(chunk), positions - cache.length());
      cache.reserve(take);
      most = Math.max(most, pool.bytesInUse() / cache.layout().pageBytes());
      cache.advance(take);
    }
    return most;
  }
}
