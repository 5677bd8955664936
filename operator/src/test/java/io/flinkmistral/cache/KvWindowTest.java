package io.flinkmistral.cache;

import static org.assertj.core.api.Assertions.assertThat;

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
}
