package io.flinkmistral.operator;

import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.generation.logprobs.TokenLogprobs;
import io.flinkmistral.generation.text.AnswerSoFar;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.ValueState;

/**
 * The state of one conversation; see {@link ConversationState}. A handle has nothing of its own:
 * two of one conversation are the same. It may be used between any two others, since each access
 * selects its key.
 */
final class Conversation {
  private static final int ARRAYS_PER_TURN = 2;

  /** The states of all conversations, each of the key that was selected last. */
  record States(
      Consumer<ConversationKey> selection,
      ValueState<ConversationHeader> header,
      MapState<Long, QueuedRequest> queue,
      ValueState<RequestIds> requestIds,
      ValueState<TurnInFlight> inFlight,
      ListState<int[]> answer,
      ListState<SavedLogprobs> logprobs,
      ListState<SavedChoice> choices,
      ListState<int[]> history,
      ListState<Integer> kinds,
      MapState<Integer, byte[]> pages,
      ListState<HeldPiece> lastPieces) {}

  /** Pages {@code first .. end - 1}. */
  record PageRange(int first, int end) {
    static final PageRange NONE = new PageRange(0, 0);
  }

  /** The request with this ticket is off the queue, and so many are left. */
  record Removed(long ticket, int left) {}

  /** The first turns of a conversation, and how many tokens they have. */
  record Turns(int count, int tokens) {}

  private final ConversationKey key;
  private final States states;
  private final boolean keepsPages;

  Conversation(ConversationKey key, States states, boolean keepsPages) {
    this.key = key;
    this.states = states;
    this.keepsPages = keepsPages;
  }

  ConversationKey key() {
    return key;
  }

  /** Makes its key Flink's current one, for which timers are set. */
  void makeCurrent() {
    states.selection().accept(key);
  }

  private States here() {
    makeCurrent();
    return states;
  }

  ConversationHeader header() throws Exception {
    ConversationHeader value = here().header().value();
    return value == null ? ConversationHeader.NEW : value;
  }

  private void update(ConversationHeader header) throws Exception {
    here().header().update(header);
  }

  /** Whether a request of this id was answered lately. */
  boolean answeredLately(String requestId) throws Exception {
    return requestIds().knows(requestId);
  }

  private RequestIds requestIds() throws Exception {
    RequestIds value = here().requestIds().value();
    return value == null ? RequestIds.NONE : value;
  }

  /** Puts a request at the end of the queue. */
  void enqueue(QueuedRequest request) throws Exception {
    ConversationHeader now = header();
    here().queue().put(now.queueEnd(), request);
    update(
        now.withQueue(now.queueHead(), now.queueEnd() + 1)
            .withTtl(request.request().turn().timeToLiveMillis().orElse(0)));
  }

  /** The request whose turn it is; there must be one. */
  QueuedRequest head() throws Exception {
    return queued(header().queueHead());
  }

  /** The request with a ticket; there must be one. */
  QueuedRequest queued(long ticket) throws Exception {
    return find(ticket)
        .orElseThrow(
            () -> new IllegalStateException("no request with ticket %d".formatted(ticket)));
  }

  /** The request with a ticket, unless it has ended before its turn. */
  Optional<QueuedRequest> find(long ticket) throws Exception {
    return Optional.ofNullable(here().queue().get(ticket));
  }

  /**
   * Takes the answered request off the queue, and remembers it among the {@code remembered} last
   * ones.
   */
  Removed removeAnswered(long ticket, String requestId, int remembered) throws Exception {
    if (remembered > 0) {
      here().requestIds().update(requestIds().answered(requestId, remembered));
    } else {
      here().requestIds().clear();
    }
    return ticket == header().queueHead() ? removeHead() : withdraw(ticket);
  }

  /** A request has ended before its turn. */
  private Removed withdraw(long ticket) throws Exception {
    here().queue().remove(ticket);
    ConversationHeader now = header();
    ConversationHeader next = now.withQueue(now.queueHead(), now.queueEnd(), now.withdrawn() + 1);
    update(next);
    return new Removed(ticket, next.queued());
  }

  /** Takes the request off the queue whose turn it is; it may be sent again. */
  Removed removeHead() throws Exception {
    ConversationHeader now = header();
    here().queue().remove(now.queueHead());
    clearAnswers();
    here().inFlight().clear();
    long head = now.queueHead() + 1;
    int withdrawn = now.withdrawn();
    while (withdrawn > 0 && !here().queue().contains(head)) {
      head++;
      withdrawn--;
    }
    ConversationHeader next = now.withQueue(head, now.queueEnd(), withdrawn);
    update(next);
    return new Removed(now.queueHead(), next.queued());
  }

  /** The turn that has begun, with its answer so far. */
  Optional<TurnInFlight> turnInFlight() throws Exception {
    TurnInFlight turn = here().inFlight().value();
    return turn == null
        ? Optional.empty()
        : Optional.of(turn.withMore(joined(here().answer().get())));
  }

  void beginTurn(TurnInFlight turn) throws Exception {
    here().inFlight().update(turn);
  }

  /** The turn in flight goes on; what there is of its first answer is in {@code turn}. */
  void resumeTurn(TurnInFlight turn) throws Exception {
    here().answer().clear();
    here().inFlight().update(turn);
  }

  /** The turn in flight begins anew; what there was of its answers is forgotten. */
  void restartTurn(TurnInFlight turn) throws Exception {
    clearAnswers();
    here().inFlight().update(turn);
  }

  private void clearAnswers() throws Exception {
    here().answer().clear();
    here().logprobs().clear();
    here().choices().clear();
  }

  /**
   * Adds tokens to the first answer of the turn in flight.
   *
   * @param logprobs of each of them, where its request asks for them; else none
   */
  void appendAnswer(int[] tokens, List<TokenLogprobs> logprobs) throws Exception {
    if (tokens.length > 0) {
      here().answer().add(tokens);
    }
    if (!logprobs.isEmpty()) {
      here().logprobs().add(new SavedLogprobs(logprobs));
    }
  }

  /** Adds tokens to another answer of the turn in flight. */
  void appendChoice(SavedChoice tokens) throws Exception {
    here().choices().add(tokens);
  }

  /**
   * What is known of the answers of a turn in flight.
   *
   * @param turn has the first one's tokens
   * @param count how many answers there are
   */
  List<AnswerSoFar> answersSoFar(TurnInFlight turn, int count) throws Exception {
    List<TokenLogprobs> ofFirst = new ArrayList<>();
    parts(here().logprobs()).forEach(part -> ofFirst.addAll(part.tokens()));
    List<AnswerSoFar> answers = new ArrayList<>();
    answers.add(new AnswerSoFar(0, turn.generated(), ofFirst));
    for (int choice = 1; choice < count; choice++) {
      List<int[]> tokens = new ArrayList<>();
      List<TokenLogprobs> logprobs = new ArrayList<>();
      for (SavedChoice part : parts(here().choices())) {
        if (part.choice() == choice) {
          tokens.add(part.tokens());
          logprobs.addAll(part.logprobs());
        }
      }
      answers.add(new AnswerSoFar(choice, joined(tokens), logprobs));
    }
    return answers;
  }

  private static <T> Iterable<T> parts(ListState<T> state) throws Exception {
    Iterable<T> parts = state.get();
    return parts == null ? List.of() : parts;
  }

  /** Tokens of all ended turns. */
  int[] history() throws Exception {
    return joined(here().history().get());
  }

  private static int[] joined(Iterable<int[]> parts) {
    int[] tokens = new int[0];
    if (parts != null) {
      int end = 0;
      for (int[] part : parts) {
        if (end + part.length > tokens.length) {
          tokens = Arrays.copyOf(tokens, Math.max(end + part.length, 2 * tokens.length));
        }
        System.arraycopy(part, 0, tokens, end, part.length);
        end += part.length;
      }
      tokens = Arrays.copyOf(tokens, end);
    }
    return tokens;
  }

  /** Tokens of the first {@code turns} ended turns; empty where there are not so many. */
  OptionalInt tokensOf(int turns) throws Exception {
    List<int[]> first = firstTurns(turns);
    return first.size() < ARRAYS_PER_TURN * (long) turns
        ? OptionalInt.empty()
        : OptionalInt.of(first.stream().mapToInt(part -> part.length).sum());
  }

  /** Tokens of all ended turns, two arrays a turn: prompt and answer. */
  List<int[]> turns() throws Exception {
    return firstTurns(Integer.MAX_VALUE);
  }

  private List<int[]> firstTurns(int turns) throws Exception {
    List<int[]> first = new ArrayList<>();
    for (int[] part : here().history().get()) {
      if (first.size() == ARRAYS_PER_TURN * (long) turns) {
        break;
      }
      first.add(part);
    }
    return first;
  }

  /** The first {@code most} ended turns. */
  EndedTurns endedTurns(int most) throws Exception {
    List<Integer> tokens = new ArrayList<>();
    int before = 0;
    int arrays = 0;
    for (int[] part : here().history().get()) {
      if (arrays++ % ARRAYS_PER_TURN == 0) {
        before = part.length;
      } else {
        tokens.add(before + part.length);
      }
    }
    List<TurnKind> all = kinds(tokens.size());
    int count = Math.min(most, tokens.size());
    return new EndedTurns(tokens.subList(0, count), all.subList(0, count));
  }

  /** Of all {@code turns} turns; state lacks those of the oldest that an earlier version wrote. */
  private List<TurnKind> kinds(int turns) throws Exception {
    List<TurnKind> written = new ArrayList<>();
    for (int code : here().kinds().get()) {
      written.add(TurnKind.ofCode(code));
    }
    List<TurnKind> all = new ArrayList<>();
    for (int i = 0; i < turns - written.size(); i++) {
      all.add(TurnKind.unknown(i));
    }
    all.addAll(written);
    return all;
  }

  private void updateKinds(List<TurnKind> kinds) throws Exception {
    here().kinds().update(kinds.stream().map(TurnKind::code).toList());
  }

  /**
   * Forgets all ended turns but some, and all pages but some of those that it has.
   *
   * @param bos token that a conversation begins with
   */
  void keep(EndedTurns.Kept kept, int bos, PageRange pages) throws Exception {
    List<int[]> parts = new ArrayList<>();
    List<TurnKind> kinds = new ArrayList<>();
    List<TurnKind> before = endedTurns(Integer.MAX_VALUE).kinds();
    int arrays = 0;
    for (int[] part : here().history().get()) {
      int turn = arrays++ / ARRAYS_PER_TURN;
      if (kept.turns().get(turn)) {
        boolean begins = parts.isEmpty() && turn > 0;
        parts.add(begins ? withFirst(bos, part) : part);
        if (arrays % ARRAYS_PER_TURN == 0) {
          kinds.add(before.get(turn));
        }
      }
    }
    ConversationHeader now = header();
    removePagesBut(pages);
    here().history().update(parts);
    updateKinds(kinds);
    update(
        now.withHistory(kept.tokens(), parts.isEmpty() ? "" : now.tokenizer())
            .withPages(now.kv(), pages.first(), pages.end()));
  }

  private static int[] withFirst(int token, int[] tokens) {
    int[] all = new int[tokens.length + 1];
    all[0] = token;
    System.arraycopy(tokens, 0, all, 1, tokens.length);
    return all;
  }

  /** Adds a turn that has ended to the history. */
  void appendTurn(int[] prompt, int[] wholeAnswer, String tokenizer, TurnKind kind)
      throws Exception {
    here().history().add(prompt);
    here().history().add(wholeAnswer);
    here().kinds().add(kind.code());
    ConversationHeader now = header();
    update(now.withHistory(now.tokens() + prompt.length + wholeAnswer.length, tokenizer));
  }

  /** How many of the ended turns lie wholly in the first {@code tokens} tokens. */
  Turns turnsWithin(int tokens) throws Exception {
    int turns = 0;
    int end = 0;
    int length = 0;
    int arrays = 0;
    for (int[] part : here().history().get()) {
      length += part.length;
      if (length > tokens) {
        break;
      }
      if (++arrays % ARRAYS_PER_TURN == 0) {
        turns++;
        end = length;
      }
    }
    return new Turns(turns, end);
  }

  /** Forgets the ended turns after the first ones, and all pages but some of those that it has. */
  void cut(Turns kept, PageRange pages) throws Exception {
    ConversationHeader now = header();
    removePagesBut(pages);
    updateKinds(endedTurns(kept.count()).kinds());
    here().history().update(firstTurns(kept.count()));
    update(
        now.withHistory(kept.tokens(), kept.count() == 0 ? "" : now.tokenizer())
            .withPages(now.kv(), pages.first(), pages.end()));
  }

  private void removePagesBut(PageRange pages) throws Exception {
    ConversationHeader now = header();
    for (int i = now.firstPage(); i < now.endPage(); i++) {
      if (i < pages.first() || i >= pages.end()) {
        here().pages().remove(i);
      }
    }
  }

  /** Forgets all ended turns. */
  void forget() throws Exception {
    here().history().clear();
    here().kinds().clear();
    removePages();
    update(header().withHistory(0, "").withPages("", 0, 0));
  }

  /** Last pieces of its answers that are still to go out. */
  List<HeldPiece> lastPieces() throws Exception {
    List<HeldPiece> pieces = new ArrayList<>();
    here().lastPieces().get().forEach(pieces::add);
    return pieces;
  }

  /** One more is to go out. */
  void addLastPiece(HeldPiece piece) throws Exception {
    here().lastPieces().add(piece);
  }

  /** From now on these are to go out. */
  void keepLastPieces(List<HeldPiece> pieces) throws Exception {
    here().lastPieces().update(pieces);
  }

  /** Whether nothing would be lost with the conversation: no turn, no request, no answer's id. */
  boolean isVoid() throws Exception {
    ConversationHeader now = header();
    return now.tokens() == 0 && now.queued() == 0 && requestIds().answered().isEmpty();
  }

  /** Writes down that the conversation has expired. */
  void markExpired() throws Exception {
    update(header().withExpired(true));
  }

  /** Forgets all but the requests in the queue. */
  void clearButQueue() throws Exception {
    forget();
    here().requestIds().clear();
    update(header().withIdle(0, 0).withExpired(false));
  }

  /** Forgets the whole conversation, which must have no requests. */
  void clear() throws Exception {
    removePages();
    here().header().clear();
    here().queue().clear();
    here().requestIds().clear();
    here().inFlight().clear();
    clearAnswers();
    here().history().clear();
    here().kinds().clear();
    here().lastPieces().clear();
  }

  /** One by one: to clear a map, Flink reads what is in it from RocksDB. */
  private void removePages() throws Exception {
    ConversationHeader now = header();
    for (int i = now.firstPage(); i < now.endPage(); i++) {
      here().pages().remove(i);
    }
  }

  /**
   * Begins this conversation, which has no history, with that of another one.
   *
   * @param turns how many of its first turns
   * @param pages the pages of its that are taken over, too
   */
  void branchOff(Conversation source, int turns, PageRange pages) throws Exception {
    List<int[]> first = source.firstTurns(turns);
    List<TurnKind> kinds = source.endedTurns(turns).kinds();
    ConversationHeader before = source.header();
    here().history().update(first);
    updateKinds(kinds);
    for (int i = pages.first(); i < pages.end(); i++) {
      KvPage page = source.page(i);
      here().pages().put(i, page.bytes());
    }
    int tokens = first.stream().mapToInt(part -> part.length).sum();
    update(
        header()
            .withHistory(tokens, before.tokenizer())
            .withPages(before.kv(), pages.first(), pages.end()));
  }

  KvPage page(int index) throws Exception {
    byte[] bytes = here().pages().get(index);
    if (bytes == null) {
      throw new IllegalStateException("page %d is not in state".formatted(index));
    }
    return new KvPage(index, bytes);
  }

  /** Drops all pages: the next ones kept begin at {@code firstPage} and are of kind {@code kv}. */
  void restartPages(String kv, int firstPage) throws Exception {
    removePages();
    update(header().withPages(kv, firstPage, firstPage));
  }

  /** Drops the pages from {@code end} on. */
  void cutPages(int end) throws Exception {
    ConversationHeader now = header();
    for (int i = Math.max(end, now.firstPage()); i < now.endPage(); i++) {
      here().pages().remove(i);
    }
    if (end < now.endPage()) {
      update(now.withPages(now.kv(), now.firstPage(), Math.max(now.firstPage(), end)));
    }
  }

  /**
   * Keeps pages that were filled, and drops those before {@code firstPage}, which nobody sees.
   * Where none are kept, those that are missing begin where they did, wherever the window is now.
   */
  void appendPages(List<KvPage> filled, int firstPage) throws Exception {
    if (!keepsPages) {
      return;
    }
    ConversationHeader now = header();
    int end = now.endPage();
    for (KvPage page : filled) {
      here().pages().put(page.index(), page.bytes());
      end = page.index() + 1;
    }
    for (int i = now.firstPage(); i < Math.min(firstPage, now.endPage()); i++) {
      here().pages().remove(i);
    }
    int first = Math.max(now.firstPage(), firstPage);
    if (end != now.endPage() || first != now.firstPage()) {
      update(now.withPages(now.kv(), first, Math.max(first, end)));
    }
  }

  /** Writes down since when the conversation is idle, and the timer that looks after it. */
  void markIdle(long since, long expiryTimer) throws Exception {
    update(header().withIdle(since, expiryTimer));
  }
}
