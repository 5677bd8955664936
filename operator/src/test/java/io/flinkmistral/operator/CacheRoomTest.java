package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CacheRoomTest {
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 8, 4, KvType.F16);

  private final KvPagePool pool = new KvPagePool(LAYOUT);
  private final CacheRoom room =
      new CacheRoom(10, first -> new KvCache(LAYOUT, OptionalInt.empty(), pool, first));

  @AfterEach
  void free() {
    pool.close();
  }

  @Test
  void whatIsReservedIsNotGivenToOthers() {
    live("a", 6, 1);
    assertThat(room.hasRoom(4)).isTrue();
    assertThat(room.hasRoom(5)).isFalse();
    assertThatThrownBy(() -> room.reserve(key("b"), 5)).isInstanceOf(IllegalStateException.class);
    room.release(key("a"));
    assertThat(room.hasRoom(10)).isTrue();
    assertThat(room.canEverHold(10)).isTrue();
    assertThat(room.canEverHold(11)).isFalse();
  }

  @Test
  void idleCachesGoInTheOrderOfTheirLastUse() {
    for (String name : new String[] {"a", "b", "c"}) {
      live(name, 3, 3);
      room.release(key(name));
    }
    assertThat(room.reserve(key("a"), 3)).isPresent();
    room.release(key("a"));
    assertThat(room.reserve(key("d"), 4)).isEmpty();
    assertThat(room.evictions()).isEqualTo(1);
    assertThat(room.reserve(key("a"), 3)).isPresent();
    assertThat(room.reserve(key("b"), 3)).as("the one used longest ago").isEmpty();
  }

  @Test
  void anIdleCacheThatMakesWayIsFreed() {
    live("a", 6, 6);
    room.release(key("a"));
    live("b", 5, 1);
    assertThat(pool.bytesInUse()).isEqualTo(LAYOUT.pageBytes());
    assertThat(room.evictions()).isEqualTo(1);
    assertThat(room.idleConversations()).isZero();
  }

  @Test
  void itsUseIsWhatIsReservedAndWhatIsKeptAtHand() {
    assertThat(room.usage()).isZero();
    live("a", 6, 3);
    assertThat(room.usage()).isEqualTo(0.6);
    room.release(key("a"));
    assertThat(room.usage()).isEqualTo(0.3);
    assertThat(room.idleConversations()).isEqualTo(1);
    live("b", 4, 0);
    assertThat(room.usage()).isEqualTo(0.7);
    room.forget(key("a"));
    assertThat(room.usage()).isEqualTo(0.4);
    CacheRoom none = new CacheRoom(0, first -> new KvCache(LAYOUT, OptionalInt.empty(), pool, 0));
    assertThat(none.usage()).as("there is none left of nothing").isEqualTo(1);
  }

  @Test
  void whatIsForgottenLeavesItsRoomToIdleCaches() {
    live("a", 5, 5);
    room.release(key("a"));
    live("b", 5, 5);
    room.release(key("b"));
    room.forget(key("a"));
    live("c", 5, 0);
    assertThat(room.evictions()).as("there was room beside the other").isZero();
  }

  @Test
  void nothingIsLeftOfCachesThatWereHandedOver() {
    live("a", 4, 4);
    room.release(key("a"));
    live("b", 4, 4);
    assertThat(room.removeAll()).hasSize(2).allSatisfy(KvCache::close);
    assertThat(room.removeAll()).isEmpty();
    assertThat(room.usage()).isZero();
    assertThat(room.reserve(key("b"), 10)).isEmpty();
  }

  @Test
  void aCacheThatOutgrowsItsReservationIsAnError() {
    live("a", 2, 3);
    assertThatThrownBy(() -> room.release(key("a")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("reserved 2");
    // The task fails, and its memory is the model's again, which other attempts share.
    room.removeAll().forEach(KvCache::close);
    assertThat(pool.bytesInUse()).isZero();
  }

  @Test
  void aPageThatCannotBeReadBackIsGivenBackToo() {
    assertThat(room.reserve(key("a"), 2)).isEmpty();
    KvCache cache = room.open(key("a"), 2, 0);
    KvPage cut = new KvPage(0, new byte[LAYOUT.pageBytes() - 1]);
    assertThatThrownBy(() -> cache.restore(cut)).isInstanceOf(IndexOutOfBoundsException.class);
    room.removeAll().forEach(KvCache::close);
    assertThat(pool.bytesInUse()).isZero();
  }

  @Test
  void whatIsForgottenIsFreed() {
    live("a", 3, 3);
    room.release(key("a"));
    assertThat(pool.bytesInUse()).isEqualTo(3L * LAYOUT.pageBytes());
    room.forget(key("a"));
    assertThat(pool.bytesInUse()).isZero();
    assertThat(room.idleConversations()).isZero();
  }

  private void live(String name, int reserved, int pages) {
    assertThat(room.reserve(key(name), reserved)).isEmpty();
    room.open(key(name), reserved, 0).reserve(pages * LAYOUT.pageTokens());
  }

  private static ConversationKey key(String id) {
    return new ConversationKey(id);
  }
}
