package io.flinkmistral.engine;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.batch.EngineClient;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.Embedding;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.LogitRows;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.Piece;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Completions, scores and vectors for a caller that keeps no conversations: a request in, a future
 * out. What comes depends on the request alone. Safe for use by many threads.
 *
 * <p>Requests begin in their order, as soon as there is a place in the batch and room for all pages
 * that they can come to need. One whose answer is held to a form that must be made ready waits for
 * that, on no caller's thread, and lets others pass. Of a dialogue that the context has no room for
 * the oldest turns make way where the request says so. To cancel a future takes its request out of
 * the batch. Futures complete, and pieces are told, on the client's own thread: who listens must
 * return soon. When a pass fails, all of the client's requests do, and it takes no more.
 */
public final class StatelessClient implements AutoCloseable {
  private final LanguageModel model;
  private final StatelessSettings settings;
  private final PageBudget budget;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("stateless").factory());
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final EngineClient engine;
  private final LongAdder sharedTokens = new LongAdder();

  /** A task, and what it has of the model. */
  private static final class Work {
    final StatelessTask<?> task;
    final int pages;
    final int promptTokens;
    final Optional<String> salt;
    final Set<KvCache> caches = Collections.newSetFromMap(new IdentityHashMap<>());
    final Set<Sequence> sequences = new LinkedHashSet<>();
    boolean hasPages;

    /**
     * @param promptTokens that it begins with
     * @param salt those that it shares its beginning with have the same one
     */
    Work(StatelessTask<?> task, int pages, int promptTokens, Optional<String> salt) {
      this.task = task;
      this.pages = pages;
      this.promptTokens = promptTokens;
      this.salt = salt;
    }
  }

  // All that follows is guarded by this.

  /** Of requests, also those whose forms are being made ready. */
  private final Set<CompletableFuture<Completion>> unanswered =
      Collections.newSetFromMap(new IdentityHashMap<>());

  /** Not begun. */
  private final Deque<Work> waiting = new ArrayDeque<>();

  /** With which tasks that have begun go on when there are places. */
  private final Deque<Sequence> ready = new ArrayDeque<>();

  /** By their sequences. */
  private final Map<Sequence, Work> begun = new IdentityHashMap<>();

  private Throwable failure;

  /**
   * @param budget of all such callers of the model
   */
  StatelessClient(LanguageModel model, StatelessSettings settings, PageBudget budget) {
    this.model = model;
    this.settings = settings;
    this.budget = budget;
    budget.growTo(pages(settings.kvBytes()));
    this.engine = model.engine().join(settings.batch(), this::signalled);
  }

  private int pages(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, bytes / model.kvLayout().pageBytes());
  }

  /**
   * Answers a request. Its ids seed what is drawn, unless it brings a seed.
   *
   * @param pieces is told of the answer's text as it becomes certain
   * @return the answer; fails with an {@link InvalidRequestException} where the request cannot be
   *     answered
   */
  public CompletableFuture<Completion> complete(CompletionRequest request, Consumer<Piece> pieces) {
    CompletableFuture<Completion> answer = new CompletableFuture<>();
    synchronized (this) {
      if (failure != null) {
        return CompletableFuture.failedFuture(failure);
      }
      unanswered.add(answer);
    }
    answer.whenComplete((_, _) -> forget(answer));
    beginWhenReady(request, pieces, answer);
    return answer;
  }

  /**
   * Answers behind tokens, which stand in place of the request's own prompt. It has no form.
   *
   * @param prompt at least one token
   * @return the answer; fails with an {@link InvalidRequestException} where there is no room for it
   * @throws IllegalArgumentException if there are no tokens, or some that the model does not know
   */
  public CompletableFuture<Completion> complete(int[] prompt, CompletionRequest request) {
    requireTokens("prompt", prompt);
    CompletableFuture<Completion> answer = new CompletableFuture<>();
    try {
      new PromptLength(settings.mostPromptTokens(), model.contextLimit()).check(0, prompt.length);
      begin(prompt, request, _ -> {}, 0, answer);
    } catch (InvalidRequestException e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  private synchronized void forget(CompletableFuture<Completion> answer) {
    unanswered.remove(answer);
  }

  private void beginWhenReady(
      CompletionRequest request, Consumer<Piece> pieces, CompletableFuture<Completion> answer) {
    if (answer.isDone()) {
      return; // Cancelled meanwhile, or the caller has closed.
    }
    try {
      if (model.isConstraintReady(
          request, () -> onMyThread(() -> beginWhenReady(request, pieces, answer)))) {
        begin(request, pieces, answer);
      }
    } catch (Throwable e) { // It is this request's alone.
      answer.completeExceptionally(e);
    }
  }

  private void begin(
      CompletionRequest request, Consumer<Piece> pieces, CompletableFuture<Completion> answer) {
    Generation.Limits limits = new Generation.Limits(settings.maxTokens(), model.contextLimit());
    PromptLength allowed = new PromptLength(settings.mostPromptTokens(), model.contextLimit());
    ShortenedDialogue own =
        request.overflow().equals(Optional.of(ContextOverflow.DROP_OLDEST))
            ? ShortenedDialogue.of(model, true, request, limits.roomBeforeAnswer(request))
            : new ShortenedDialogue(request, 0);
    allowed.checkAtLeast(0, model.fewestTokens(own.request()));
    int[] prompt = model.encodeTurn(true, own.request());
    allowed.check(0, prompt.length);
    begin(prompt, request, pieces, own.dropped(), answer);
  }

  private void begin(
      int[] prompt,
      CompletionRequest request,
      Consumer<Piece> pieces,
      int dropped,
      CompletableFuture<Completion> answer) {
    Generation.Limits limits = new Generation.Limits(settings.maxTokens(), model.contextLimit());
    long most = (long) prompt.length + request.stop().maxTokens().orElse(limits.maxTokens());
    int positions = (int) Math.min(most, limits.contextLimit());
    int pages =
        model.mostPages(request, prompt.length, positions, settings.batch().prefillTokens());
    requireRoom(pages);
    List<AnswerSoFar> before =
        IntStream.range(0, request.options().choices()).mapToObj(AnswerSoFar::nothing).toList();
    submit(
        new StatelessTask.OfCompletion(
            answer,
            cache -> model.choices(request, prompt, before, 0, cache, cache::branch, limits),
            pieces,
            dropped),
        pages,
        prompt.length,
        settings.sharing().salt(request.options()));
  }

  /**
   * How likely each of some continuations is after a prompt.
   *
   * @param prompt tokens, at least one
   * @param continuations tokens of each, at least one of each
   * @return natural logarithms of the probabilities of each continuation's tokens; fails with an
   *     {@link InvalidRequestException} where there is no room for it
   * @throws IllegalArgumentException if there are no tokens, or some that the model does not know
   */
  public CompletableFuture<List<double[]>> score(int[] prompt, List<int[]> continuations) {
    return score(prompt, continuations, AnswerOptions.DEFAULT);
  }

  /**
   * The same for a request, which decides with whom the prompt's beginning is shared.
   *
   * @param request says whose it is
   */
  public CompletableFuture<List<double[]>> score(
      int[] prompt, List<int[]> continuations, AnswerOptions request) {
    requireTokens("prompt", prompt);
    continuations.forEach(tokens -> requireTokens("continuation", tokens));
    if (continuations.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    try {
      int longest = continuations.stream().mapToInt(tokens -> tokens.length).max().orElseThrow();
      new PromptLength(Integer.MAX_VALUE, model.contextLimit()).check(0, prompt.length + longest);
      ContinuationTree tree = new ContinuationTree(continuations);
      long pages =
          pagesOf(prompt.length) + tree.pages(prompt.length, model.kvLayout().pageTokens());
      requireRoom(pages);
      return submit(
          new StatelessTask.OfScores(prompt, tree),
          (int) pages,
          prompt.length,
          settings.sharing().salt(request));
    } catch (InvalidRequestException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * A vector of length 1 for a text.
   *
   * @param tokens at least one
   * @return the vector; fails with an {@link InvalidRequestException} where there is no room for it
   * @throws IllegalArgumentException if there are no tokens, or some that the model does not know
   */
  public CompletableFuture<float[]> embed(int[] tokens, Embedding.Pooling pooling) {
    requireTokens("text", tokens);
    try {
      new PromptLength(Integer.MAX_VALUE, model.contextLimit()).check(0, tokens.length);
      int pages = pagesOf(tokens.length);
      requireRoom(pages);
      int dim = model.config().dim();
      return submit(
          new StatelessTask.OfEmbedding(cache -> new Embedding(cache, tokens, pooling, dim)),
          pages,
          tokens.length,
          settings.sharing().salt(AnswerOptions.DEFAULT));
    } catch (InvalidRequestException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * All logits behind each of some tokens.
   *
   * @param tokens at least one
   * @param from the first of them whose logits are wanted
   * @return a row for each of these; fails with an {@link InvalidRequestException} where there is
   *     no room for the tokens
   * @throws IllegalArgumentException if there are no tokens, or some that the model does not know
   */
  public CompletableFuture<List<float[]>> logits(int[] tokens, int from) {
    requireTokens("text", tokens);
    try {
      new PromptLength(Integer.MAX_VALUE, model.contextLimit()).check(0, tokens.length);
      int pages = pagesOf(tokens.length);
      requireRoom(pages);
      return submit(
          new StatelessTask.OfLogits(cache -> new LogitRows(cache, tokens, from)),
          pages,
          tokens.length,
          settings.sharing().salt(AnswerOptions.DEFAULT));
    } catch (InvalidRequestException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void requireTokens(String what, int[] tokens) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("a %s must have at least one token".formatted(what));
    }
    int size = model.config().vocabularySize();
    for (int token : tokens) {
      if (token < 0 || token >= size) {
        throw new IllegalArgumentException(
            "tokens of a %s are from 0 to %d, but one is %d".formatted(what, size - 1, token));
      }
    }
  }

  private int pagesOf(int positions) {
    return model.kvWindow().mostPages(positions, settings.batch().prefillTokens());
  }

  private void requireRoom(long pages) {
    if (pages > budget.capacity()) {
      throw new InvalidRequestException(
          "max_tokens",
          ErrorCode.KV_MEMORY_EXCEEDED,
          "request and answer may come to %d bytes of keys and values, but there is room for %d"
              .formatted(
                  pages * model.kvLayout().pageBytes(),
                  (long) budget.capacity() * model.kvLayout().pageBytes()));
    }
  }

  private <R> CompletableFuture<R> submit(
      StatelessTask<R> task, int pages, int promptTokens, Optional<String> salt) {
    Work work = new Work(task, pages, promptTokens, salt);
    Throwable closed;
    synchronized (this) {
      closed = failure;
      if (closed == null) {
        waiting.addLast(work);
      }
    }
    if (closed != null) {
      task.future().completeExceptionally(closed);
    }
    task.future()
        .whenComplete(
            (result, error) -> {
              if (error != null) { // Cancelled, timed out, or its listener has thrown.
                cancel(work);
              }
            });
    signalled();
    return task.future();
  }

  /** On any thread: there may be something to do. */
  private void signalled() {
    if (signalled.compareAndSet(false, true)) {
      onMyThread(this::look);
    }
  }

  private void onMyThread(Runnable action) {
    try {
      thread.execute(action);
    } catch (RejectedExecutionException e) {
      // The caller has closed: all that it has asked for has failed.
    }
  }

  private void look() {
    signalled.set(false); // First: what comes from now on is another signal's.
    List<Runnable> told = new ArrayList<>();
    Throwable broken = null;
    synchronized (this) {
      try {
        lookAtAll(told);
      } catch (Throwable cause) { // No memory for a branch's pages, perhaps.
        broken = cause;
      }
    }
    told.forEach(Runnable::run);
    if (broken != null) {
      end(broken);
    }
  }

  private void lookAtAll(List<Runnable> told) {
    for (Progress progress : engine.take()) {
      switch (progress) {
        case Progress.Advanced advanced -> advanced(advanced, told);
        case Progress.Cancelled(Sequence sequence) -> left(sequence);
        case Progress.Failed(Throwable cause) -> told.add(() -> end(cause));
      }
    }
    start();
  }

  private void advanced(Progress.Advanced advanced, List<Runnable> told) {
    Work work = begun.get(advanced.sequence());
    if (work == null) {
      return; // The caller has closed.
    }
    if (!work.task.future().isDone()) {
      told.add(() -> tell(work.task, advanced));
      work.task.advanced(advanced, next -> add(work, next));
    }
    if (advanced.ended()) {
      left(advanced.sequence());
      complete(work.task, told);
    }
  }

  private static void tell(StatelessTask<?> task, Progress.Advanced advanced) {
    if (task.future().isDone()) {
      return;
    }
    try {
      task.tell(advanced);
    } catch (Throwable e) { // Of the listener: it is that request's alone.
      task.future().completeExceptionally(e);
    }
  }

  private void add(Work work, Sequence sequence) {
    work.caches.add(sequence.cache());
    work.sequences.add(sequence);
    begun.put(sequence, work);
    ready.addLast(sequence);
  }

  private <R> void complete(StatelessTask<R> task, List<Runnable> told) {
    task.result().ifPresent(result -> told.add(() -> task.future().complete(result)));
  }

  /** A sequence takes part no more; with the last one of a task its memory goes. */
  private void left(Sequence sequence) {
    Work work = begun.remove(sequence);
    if (work == null) {
      return; // The caller has closed.
    }
    work.sequences.remove(sequence);
    if (work.sequences.isEmpty()) {
      giveBack(work);
    }
  }

  private void start() {
    while ((!ready.isEmpty() || !waiting.isEmpty()) && engine.tryTakePlace()) {
      if (!ready.isEmpty()) {
        engine.start(ready.removeFirst());
      } else if (budget.tryReserve(this, waiting.getFirst().pages, this::signalled)) {
        Work work = waiting.getFirst(); // And stays so until it has begun: it may not come to that.
        work.hasPages = true;
        KvCache cache = newCache(work);
        work.caches.add(cache);
        work.task.begin(cache, next -> add(work, next));
        waiting.removeFirst();
        engine.start(ready.removeFirst());
      } else {
        engine.givePlaceBack();
        return;
      }
    }
    if (ready.isEmpty() && waiting.isEmpty()) {
      engine.wantNoPlace();
    }
  }

  private KvCache newCache(Work work) {
    KvCache cache = model.newCache(0);
    cache.reportNothing(); // There is no state for its pages.
    cache.shareIn(model.prefixes(settings.sharing().bytes()), work.salt);
    return cache;
  }

  private void cancel(Work work) {
    synchronized (this) {
      waiting.remove(work);
      for (Sequence sequence : List.copyOf(work.sequences)) {
        if (ready.remove(sequence)) {
          left(sequence);
        } else {
          engine.cancel(sequence);
        }
      }
      if (waiting.isEmpty()) {
        budget.leave(this);
      }
    }
    signalled(); // Another one is first, perhaps, or there is a place.
  }

  private void giveBack(Work work) {
    int shared = work.caches.stream().mapToInt(KvCache::sharedTokens).max().orElse(0);
    sharedTokens.add(Math.min(shared, work.promptTokens));
    work.caches.forEach(KvCache::close);
    if (work.hasPages) {
      budget.release(work.pages);
    }
  }

  /** Tokens of prompts so far that another request had computed, or was computing. */
  public long sharedTokens() {
    return sharedTokens.sum();
  }

  /** Ends what has not ended: its futures fail, and so does all that is asked later. */
  @Override
  public void close() {
    end(new IllegalStateException("the caller was closed before its requests were answered"));
  }

  private void end(Throwable cause) {
    Set<Work> all;
    List<CompletableFuture<Completion>> notAnswered;
    synchronized (this) {
      failure = failure == null ? cause : failure;
      notAnswered = List.copyOf(unanswered);
      all = new LinkedHashSet<>(begun.values());
      all.addAll(waiting);
      waiting.clear();
      ready.clear();
      begun.clear();
    }
    budget.leave(this);
    engine.close(() -> all.forEach(this::giveBack)); // When no pass reads them any more.
    all.forEach(work -> work.task.future().completeExceptionally(cause));
    notAnswered.forEach(answer -> answer.completeExceptionally(cause));
    thread.shutdown();
  }
}
