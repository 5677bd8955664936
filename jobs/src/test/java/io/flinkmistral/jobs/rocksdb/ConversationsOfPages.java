package io.flinkmistral.jobs.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.rocksdb.RocksDBException;

/** Conversations that gain pages, drop those that their window has left behind, and end. */
final class ConversationsOfPages {
  private static final int CONVERSATIONS = 100;
  private static final int WINDOW = 32;
  private static final int MOST_PAGES = 80;
  private static final int PAGES_A_TURN = 2;

  private final CheckpointedPages store;
  private final Random random = new Random(5);
  private final Conversation[] conversations = new Conversation[CONVERSATIONS];
  private int begun;
  private long filled;

  private record Conversation(String id, int firstPage, int endPage, int lastPage) {}

  ConversationsOfPages(CheckpointedPages store) {
    this.store = store;
    for (int i = 0; i < CONVERSATIONS; i++) {
      conversations[i] = next();
    }
  }

  private Conversation next() {
    return new Conversation("conversation-" + begun++, 0, 0, 2 + random.nextInt(MOST_PAGES));
  }

  void fillPages(int pages) throws RocksDBException {
    for (int done = 0; done < pages; done += PAGES_A_TURN) {
      int place = random.nextInt(CONVERSATIONS);
      conversations[place] = afterTurn(conversations[place]);
    }
  }

  private Conversation afterTurn(Conversation before) throws RocksDBException {
    int end = before.endPage + PAGES_A_TURN;
    for (int i = before.endPage; i < end; i++) {
      store.put(before.id, i);
      filled++;
    }
    boolean over = end >= before.lastPage;
    int first = over ? end : Math.max(before.firstPage, end - WINDOW);
    for (int i = before.firstPage; i < first; i++) {
      store.remove(before.id, i);
    }
    return over ? next() : new Conversation(before.id, first, end, before.lastPage);
  }

  long filledBytes() {
    return filled * store.pageBytes();
  }

  long livePages() {
    long live = 0;
    for (Conversation one : conversations) {
      live += one.endPage - one.firstPage;
    }
    return live;
  }

  /** Fails unless the pages of each conversation, and no others of it, are there. */
  void assertAllThere() throws RocksDBException {
    for (Conversation one : conversations) {
      for (int i = 0; i < one.endPage; i++) {
        assertThat(store.has(one.id, i))
            .as("page %d of %s", i, one.id)
            .isEqualTo(i >= one.firstPage);
      }
    }
  }
}
