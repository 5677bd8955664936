package io.flinkmistral.cache;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.SharedPage;
import io.flinkmistral.cache.prefix.PrefixCache;
import io.flinkmistral.cache.prefix.PrefixChain;
import io.flinkmistral.cache.prefix.PrefixKey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The keys and values of one sequence that later tokens can still see: a run of pages that grows at
 * its end and, with a window, is given up at its beginning.
 *
 * <p>Invariants: pages {@code firstPage() .. } are held without a gap; positions {@code firstPage()
 * * pageTokens .. length() - 1} are filled. A query at position {@code i} sees the positions {@code
 * j <= i} with {@code i - j < window}, as far as they are held.
 *
 * <p>Not safe for use by two threads at once. A forward pass owns it from {@link #reserve} to
 * {@link #advance}.
 */
public final class KvCache implements AutoCloseable {
  private final KvLayout layout;
  private final KvWindow window;
  private final KvPagePool pool;
  private final List<SharedPage> pages = new ArrayList<>();
  private int firstPage;
  private int length;
  private int reportedPages;
  private boolean isReporting = true;

  /** What it holds, where it shares pages: from the first position on, and without a gap. */
  private Optional<PrefixChain> chain = Optional.empty();

  /** Written by its owner; others may look. */
  private volatile int sharedTokens;

  /**
   * An empty cache that starts at the beginning of page {@code firstPage}. Where that is not 0,
   * what lies before it must be of no consequence to what will be asked of the cache.
   */
  public KvCache(KvLayout layout, OptionalInt window, KvPagePool pool, int firstPage) {
    this.layout = layout;
    this.window = new KvWindow(layout.pageTokens(), window);
    this.pool = pool;
    this.firstPage = firstPage;
    this.length = firstPage * layout.pageTokens();
    this.reportedPages = firstPage;
  }

  public KvLayout layout() {
    return layout;
  }

  /** The position of the next token. */
  public int length() {
    return length;
  }

  /** The page that the first position still held is in. */
  public int firstPage() {
    return firstPage;
  }

  /** Pages of memory that it has. */
  public int pages() {
    return pages.size();
  }

  /** The first position that a query at {@code position} sees. */
  public int firstVisible(int position) {
    return Math.max(firstPage * layout.pageTokens(), window.firstVisible(position));
  }

  /** The memory of page {@code index}. */
  public MemorySegment page(int index) {
    return pages.get(index - firstPage).memory();
  }

  /** One run of positions that are in the same page. */
  public interface RunReader {
    /**
     * @param page its memory
     * @param token place of the first position in the page
     * @param position the first
     * @param count how many
     */
    void read(MemorySegment page, int token, int position, int count);
  }

  /** Shows the positions {@code from .. end - 1}, page by page. */
  public void read(int from, int end, RunReader reader) {
    int pageTokens = layout.pageTokens();
    for (int position = from; position < end; ) {
      int token = position % pageTokens;
      int count = Math.min(end - position, pageTokens - token);
      reader.read(page(position / pageTokens), token, position, count);
      position += count;
    }
  }

  /**
   * From now on it shares full pages with the caches of other sequences that begin alike. One that
   * holds something already, and does not share it in the same way, goes on by itself.
   *
   * @param prefixes of the same layout and window
   * @param salt those that share have the same one; empty for a cache that shares nothing
   */
  public void shareIn(PrefixCache prefixes, Optional<String> salt) {
    boolean isEmpty = firstPage == 0 && length == 0;
    chain =
        salt.flatMap(
            own ->
                isEmpty
                    ? Optional.of(new PrefixChain(prefixes, own))
                    : chain.filter(one -> one.isOf(prefixes, own)));
    sharedTokens = 0;
  }

  /** What becomes full is of no interest: {@link #takeFilled} gives nothing. */
  public void reportNothing() {
    isReporting = false;
  }

  /** Whether pages that become full are asked for. */
  public boolean isReporting() {
    return isReporting;
  }

  /**
   * Takes over pages that hold the next tokens, as far as there are any: what they hold needs not
   * be computed.
   *
   * @return how many tokens it is longer
   */
  public int share(int[] next) {
    int before = length;
    for (SharedPage page : chain.map(own -> own.take(next)).orElse(List.of())) {
      int index = length / layout.pageTokens();
      while (firstPage + pages.size() > index) {
        pages.removeLast().release();
      }
      pages.add(page);
      length = (index + 1) * layout.pageTokens();
    }
    dropInvisible();
    sharedTokens = sharedTokens + length - before;
    return length - before;
  }

  /**
   * What the page is found by that is to be full next, if these tokens fill it and it can be
   * shared: for caches with the same answer it needs to be computed once.
   */
  public Optional<PrefixKey> nextPage(int[] next) {
    return chain.flatMap(own -> own.nextPage(next));
  }

  /** Whether {@link #share} would take over the page that is to be full next. */
  public boolean canShare(int[] next) {
    return chain.map(own -> own.isAtHand(next)).orElse(false);
  }

  /** Whether it can take over pages, and others its own. */
  public boolean isSharing() {
    return chain.isPresent();
  }

  /** Tokens that it has taken over since {@link #shareIn}, and that were not in state. */
  public int sharedTokens() {
    return sharedTokens;
  }

  /** Puts a full page, read back from state, at the end. */
  public void restore(KvPage page) {
    chain = Optional.empty();
    append(page);
  }

  /**
   * The same.
   *
   * @param tokens that it holds
   */
  public void restore(KvPage page, int[] tokens) {
    append(page);
    tell(tokens, page.index());
  }

  private void append(KvPage page) {
    if (page.index() != firstPage + pages.size() || length % layout.pageTokens() != 0) {
      throw new IllegalStateException(
          "page %d does not follow a cache of %d positions".formatted(page.index(), length));
    }
    SharedPage memory = pool.take();
    pages.add(memory); // First, so that it is given back whatever happens.
    MemorySegment.copy(
        page.bytes(), 0, memory.memory(), ValueLayout.JAVA_BYTE, 0, layout.pageBytes());
    length += layout.pageTokens();
    reportedPages = page.index() + 1;
  }

  /** Makes room for {@code tokens} more positions. */
  public void reserve(int tokens) {
    int lastPage = (length + tokens - 1) / layout.pageTokens();
    while (firstPage + pages.size() <= lastPage) {
      pages.add(pool.take());
    }
  }

  /**
   * Takes {@code tokens} more positions as filled, and gives up the pages that nobody can see. What
   * they hold is not said: from now on the cache shares nothing.
   */
  public void advance(int tokens) {
    chain = Optional.empty();
    length += tokens;
    dropInvisible();
  }

  /** The positions of some more tokens are filled. Gives up the pages that nobody can see. */
  public void advance(int[] tokens) {
    int page = length / layout.pageTokens();
    length += tokens.length;
    tell(tokens, page);
    dropInvisible();
  }

  /**
   * @param page that they begin in
   */
  private void tell(int[] tokens, int page) {
    int full = page - firstPage;
    for (int token : tokens) {
      if (chain.isPresent() && chain.get().accept(token)) {
        Optional<SharedPage> kept = chain.get().fill(pages.get(full));
        if (kept.isEmpty()) {
          chain = Optional.empty();
        } else {
          pages.set(full, kept.get());
        }
        full++;
      }
    }
  }

  private void dropInvisible() {
    int drop = Math.min(window.firstKept(length) - firstPage, pages.size());
    if (drop > 0) {
      List<SharedPage> invisible = pages.subList(0, drop);
      invisible.forEach(SharedPage::release);
      invisible.clear();
      firstPage += drop;
    }
  }

  /** Gives up all positions from the beginning of page {@code endPage} on; it must be held. */
  public void cut(int endPage) {
    if (endPage < firstPage || endPage * layout.pageTokens() > length) {
      throw new IllegalArgumentException(
          "a cache of pages from %d on and %d positions cannot end at page %d"
              .formatted(firstPage, length, endPage));
    }
    List<SharedPage> cutOff = pages.subList(endPage - firstPage, pages.size());
    cutOff.forEach(SharedPage::release);
    cutOff.clear();
    length = endPage * layout.pageTokens();
    reportedPages = endPage;
    chain.ifPresent(own -> own.cut(endPage));
  }

  /** What it has taken over last was in state already. */
  public void skipFilled() {
    int fullPages = length / layout.pageTokens();
    sharedTokens = sharedTokens - (fullPages - reportedPages) * layout.pageTokens();
    reportedPages = fullPages;
  }

  /** Copies of the pages that were filled since the last call and are still held. */
  public List<KvPage> takeFilled() {
    List<KvPage> filled = new ArrayList<>();
    int fullPages = length / layout.pageTokens();
    for (int i = Math.max(reportedPages, firstPage); isReporting && i < fullPages; i++) {
      filled.add(new KvPage(i, page(i).toArray(ValueLayout.JAVA_BYTE)));
    }
    reportedPages = Math.max(reportedPages, fullPages);
    return filled;
  }

  /**
   * A cache of the same positions, for another sequence that begins alike. Full pages are shared;
   * of the last one, which is still written to, it gets a copy. No page of its is kept, so {@link
   * #takeFilled} gives none.
   */
  public KvCache branch() {
    KvCache branch = new KvCache(layout, window.tokens(), pool, firstPage);
    int fullPages = length / layout.pageTokens();
    for (int i = firstPage; i < fullPages; i++) {
      branch.pages.add(pages.get(i - firstPage).retain());
    }
    if (length % layout.pageTokens() > 0) {
      SharedPage last = pool.take();
      branch.pages.add(last);
      MemorySegment.copy(page(fullPages), 0, last.memory(), 0, layout.pageBytes());
    }
    branch.length = length;
    branch.reportedPages = fullPages;
    branch.isReporting = false;
    branch.chain = chain.map(PrefixChain::branch);
    return branch;
  }

  /** Gives all pages back. */
  @Override
  public void close() {
    pages.forEach(SharedPage::release);
    pages.clear();
  }
}
