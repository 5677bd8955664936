package io.flinkmistral.cache;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
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

  /** Puts a full page, read back from state, at the end. */
  public void restore(KvPage page) {
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

  /** Takes {@code tokens} more positions as filled, and gives up the pages that nobody can see. */
  public void advance(int tokens) {
    length += tokens;
    dropInvisible();
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
  }

  /** Copies of the pages that were filled since the last call and are still held. */
  public List<KvPage> takeFilled() {
    List<KvPage> filled = new ArrayList<>();
    int fullPages = length / layout.pageTokens();
    for (int i = Math.max(reportedPages, firstPage); i < fullPages; i++) {
      filled.add(new KvPage(i, page(i).toArray(ValueLayout.JAVA_BYTE)));
    }
    reportedPages = fullPages;
    return filled;
  }

  /**
   * A cache of the same positions, for another sequence that begins alike. Full pages are shared;
   * of the last one, which is still written to, it gets a copy.
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
    return branch;
  }

  /** Gives all pages back. */
  @Override
  public void close() {
    pages.forEach(SharedPage::release);
    pages.clear();
  }
}
