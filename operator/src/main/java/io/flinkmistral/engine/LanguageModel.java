package io.flinkmistral.engine;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvWindow;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.prefix.PrefixCache;
import io.flinkmistral.engine.batch.Engine;
import io.flinkmistral.engine.batch.Pass;
import io.flinkmistral.engine.load.Fingerprints;
import io.flinkmistral.engine.load.ModelBlueprint;
import io.flinkmistral.engine.load.ModelPlace;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.Choices;
import io.flinkmistral.generation.CutAnswer;
import io.flinkmistral.generation.CutAnswers;
import io.flinkmistral.generation.Drawn;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.host.CoreShare;
import io.flinkmistral.kernel.KernelChoice;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.PlainLoops;
import io.flinkmistral.model.Transformer;
import io.flinkmistral.model.pass.PassOutput;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.template.TurnReader;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.reader.FileStamps;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * A model that is loaded and ready: tokenizer, template, transformer, and the engine that runs it.
 * All slots of a process share one. Immutable but for what the engine computes.
 */
public final class LanguageModel implements AutoCloseable {
  private final ModelSettings settings;
  private final ModelFile file;
  private final FileStamps stamps;
  private final TransformerConfig config;
  private final Tokenizer tokenizer;
  private final InstructTemplate template;
  private final AnswerTokens answerTokens;
  private final KvLayout layout;
  private final KvPagePool pagePool;
  private final PrefixCache prefixes;
  private final Fingerprints fingerprints;
  private final String kernels;
  private final Arena arena;
  private final WorkPool workPool;
  private final Transformer transformer;
  private final Engine engine;
  private final PageBudget statelessBudget = new PageBudget();
  private final Optional<String> slowness;
  private final AnswerConstraints constraints;

  private LanguageModel(
      ModelSettings settings,
      ModelFile file,
      FileStamps stamps,
      Kernels kernels,
      Arena arena,
      LoadListener listener)
      throws IOException {
    this.settings = settings;
    this.file = file;
    this.stamps = stamps;
    this.arena = arena;
    ModelBlueprint blueprint = ModelBlueprint.of(file, settings, listener);
    this.config = blueprint.config();
    this.tokenizer = blueprint.tokenizer();
    this.template = blueprint.template();
    this.answerTokens = blueprint.answerTokens();
    this.layout = blueprint.layout();
    this.fingerprints = Fingerprints.of(file, blueprint, kernels);
    this.workPool = WorkPool.of(CoreShare.ofThisProcess(settings.threads()));
    this.transformer =
        orEndThreads(
            () ->
                new Transformer(
                    config, file.weights(), layout, kernels, arena, workPool, listener));
    // By now it is known what machine code works here.
    this.kernels = kernels.description();
    this.slowness =
        orEndThreads(() -> PlainLoops.warning(name(), kernels, file.weights(), workPool));
    this.pagePool = new KvPagePool(layout);
    this.prefixes = new PrefixCache(fingerprints.kv(), layout.pageTokens());
    this.constraints = new AnswerConstraints(tokenizer, config.vocabularySize(), answerTokens);
    this.engine = new Engine("mistral-forward", this::run, this::prepareNext);
  }

  /**
   * Loads a model.
   *
   * @throws MalformedModelException if a file is not what it should be
   * @throws IOException if a file cannot be read
   */
  public static LanguageModel load(ModelSettings settings, LoadListener listener)
      throws IOException {
    Path path = Path.of(settings.path());
    FileStamps stamps = FileStamps.of(path);
    Kernels kernels = Kernels.best(Precision.QUANTIZED, KernelChoice.ofName(settings.kernels()));
    Arena arena = Arena.ofShared();
    try {
      return stamps.reading(
          () -> {
            ModelFile file = ModelReader.open(path, arena, listener);
            ModelPlace.warning(path).ifPresent(listener::warning);
            return new LanguageModel(
                settings, file, stamps, kernels, arena, stamps.watching(listener));
          });
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Opens and checks a model's files without making the model ready.
   *
   * @throws IOException what {@link #load} would throw for these files
   * @throws IllegalArgumentException if a setting does not fit them
   */
  public static void check(ModelSettings settings) throws IOException {
    Path path = Path.of(settings.path());
    FileStamps stamps = FileStamps.of(path);
    try (Arena arena = Arena.ofConfined()) {
      stamps.reading(
          () ->
              ModelBlueprint.of(
                  ModelReader.open(path, arena, LoadListener.NONE), settings, LoadListener.NONE));
    }
  }

  /**
   * What {@link #tokenizerFingerprint()} of a model would be, without making it ready.
   *
   * @throws IOException what {@link #load} would throw for these files
   */
  public static String tokenizerFingerprint(ModelSettings settings) throws IOException {
    Path path = Path.of(settings.path());
    try (Arena arena = Arena.ofConfined()) {
      ModelFile file = ModelReader.open(path, arena, LoadListener.NONE);
      return Fingerprints.ofTokenizer(
          ModelBlueprint.of(file, settings, LoadListener.NONE).tokenizer());
    }
  }

  private <T> T orEndThreads(Supplier<T> step) {
    try {
      return step.get();
    } catch (RuntimeException | Error e) {
      workPool.close();
      throw e;
    }
  }

  public String name() {
    return settings.name().isEmpty() ? file.name() : settings.name();
  }

  public TransformerConfig config() {
    return config;
  }

  public KvLayout kvLayout() {
    return layout;
  }

  /** Of so many tokens at a beginning those whose pages are full, which others may share. */
  public int tokensOfWholePages(int tokens) {
    return tokens / layout.pageTokens() * layout.pageTokens();
  }

  /** Which pages a sequence keeps. */
  public KvWindow kvWindow() {
    return new KvWindow(layout.pageTokens(), config.window());
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** The token that conversations begin with. */
  public int bosId() {
    return tokenizer.vocabulary().bosId();
  }

  /** The token that follows an answer in its conversation. */
  public int eosId() {
    return answerTokens.eosId();
  }

  /** The text of tokens; control tokens have none. */
  public String textOf(int[] tokens) {
    return tokenizer.decode(tokens);
  }

  /** Most positions of a conversation. */
  public int contextLimit() {
    return settings.contextLimit() > 0 ? settings.contextLimit() : config.contextLength();
  }

  /** What the user should know of this model's speed on this host, in a line. */
  public Optional<String> slowness() {
    return slowness;
  }

  /** What multiplies, in a few words for people. */
  public String kernels() {
    return kernels;
  }

  /** Of all that cached keys and values depend on, beside the tokens. */
  public String kvFingerprint() {
    return fingerprints.kv();
  }

  /** Of the tokenizer. */
  public String tokenizerFingerprint() {
    return fingerprints.tokenizer();
  }

  /** Of all that a completion depends on, beside request and conversation; answers carry it. */
  public String systemFingerprint() {
    return fingerprints.system();
  }

  /** Bytes of keys and values in memory. */
  public long cacheBytes() {
    return pagePool.bytesInUse();
  }

  /** Those that sequences hold; the others are kept for whoever begins alike. */
  public long heldBytes() {
    return pagePool.bytesInUse() - (long) prefixes.idlePages() * layout.pageBytes();
  }

  /** Bytes that are kept for whoever begins alike, whether sequences hold them or not. */
  public long sharedBytes() {
    return (long) prefixes.pages() * layout.pageBytes();
  }

  /**
   * Pages that are kept for whoever begins alike.
   *
   * @param bytes that they may take; where callers ask for different ones, the most count
   */
  public PrefixCache prefixes(long bytes) {
    prefixes.growTo((int) Math.min(Integer.MAX_VALUE, bytes / layout.pageBytes()));
    return prefixes;
  }

  /** An empty cache that begins at page {@code firstPage}. */
  public KvCache newCache(int firstPage) {
    return new KvCache(layout, config.window(), pagePool, firstPage);
  }

  /**
   * The tokens that a request appends to its conversation.
   *
   * @param first whether the conversation has none yet
   * @throws InvalidRequestException if the template has no form for the messages
   */
  public int[] encodeTurn(boolean first, CompletionRequest request) {
    requireConstraint(request);
    requireTokens("logit_bias", request.sampling().logitBias().keySet());
    requireTokens("stop_token_ids", request.stop().tokenIds());
    int[] turn = encodedTurn(first, request);
    requireToldOf(turn.length, request);
    return turn;
  }

  /** An answer that is no message tells it in each choice. */
  private static void requireToldOf(int tokens, CompletionRequest request) {
    OptionalInt top = request.options().promptLogprobs();
    int times = request.prompt() instanceof Prompt.Text ? request.options().choices() : 1;
    if (top.isPresent()
        && (long) tokens * (1 + top.getAsInt()) * times > PromptLogprobs.MOST_TOKENS) {
      throw new InvalidRequestException(
          "prompt_logprobs",
          ErrorCode.REQUEST_TOO_LARGE,
          "%d tokens of the prompt, and up to %d others in the place of each, are more than %d that an answer may tell of: ask for fewer, or send less"
              .formatted(tokens, top.getAsInt(), PromptLogprobs.MOST_TOKENS / times));
    }
  }

  private int[] encodedTurn(boolean first, CompletionRequest request) {
    return switch (request.prompt()) {
      case Prompt.Chat chat -> {
        Prompt.Chat shown = TurnAlone.shown(chat, request);
        yield template.renderTurn(
            tokenizer,
            first,
            new Prompt.Chat(shown.messages(), shownTools(shown), shown.continued()));
      }
      case Prompt.Text(String text) -> rawTurn(first, text);
    };
  }

  /** The tokens of a whole answer: its text, and the end of the turn. */
  public int[] encodeWholeAnswer(String text) {
    int[] tokens = template.encodeAnswer(tokenizer, text);
    int[] whole = Arrays.copyOf(tokens, tokens.length + 1);
    whole[tokens.length] = answerTokens.eosId();
    return whole;
  }

  /** In words, those that may not be called are not mentioned. */
  private List<String> shownTools(Prompt.Chat chat) {
    return template.hasCallsAsText() && chat.use().choice() instanceof ToolChoice.None
        ? List.of()
        : chat.tools();
  }

  private void requireTokens(String parameter, Collection<Integer> ids) {
    int size = config.vocabularySize();
    for (int id : ids) {
      if (id >= size) {
        throw new InvalidRequestException(
            parameter,
            "%s names the token %d, but the model has the tokens 0 to %d"
                .formatted(parameter, id, size - 1));
      }
    }
  }

  private int[] rawTurn(boolean first, String text) {
    IdBuffer ids = new IdBuffer(0);
    if (first) {
      ids.add(tokenizer.vocabulary().bosId());
    }
    // What goes on with a text is taken as it is, without a space before it.
    ids.addAll(first ? tokenizer.encode(text) : tokenizer.encodeInside(text));
    return ids.toArray();
  }

  /** Tokens that a request's turn has at the least, told without encoding it. */
  public int fewestTokens(CompletionRequest request) {
    return switch (request.prompt()) {
      case Prompt.Text(String text) -> tokenizer.fewestTokens(text);
      case Prompt.Chat chat ->
          chat.messages().stream()
              .filter(message -> message.role() != Role.TOOL) // Rendered as other JSON.
              .mapToInt(message -> tokenizer.fewestTokens(message.content()))
              .sum();
    };
  }

  /**
   * Checks what an answer is to be held to; it is made ready.
   *
   * @throws InvalidRequestException if it cannot be
   */
  public void requireConstraint(CompletionRequest request) {
    constraints.text(request);
  }

  /**
   * Whether what an answer is to be held to has been made ready, or is known not to be possible: to
   * make it can take a part of a second. If not, that begins, on another thread.
   *
   * @param whenReady is run when it is time to ask again, on that thread
   */
  public boolean isConstraintReady(CompletionRequest request, Runnable whenReady) {
    return constraints.isReady(request, whenReady);
  }

  /**
   * The answers to a request.
   *
   * @param prompt all tokens of the conversation up to them, BOS included
   * @param before what of each is known already
   * @param cachedTokens tokens of the prompt that the cache held when the request began
   * @param trunk what is held of the prompt, and of the first answer where that is the only one
   * @param branches gives branches of it, whose owner is who gives them
   * @param limits of each answer
   */
  public Choices choices(
      CompletionRequest request,
      int[] prompt,
      List<AnswerSoFar> before,
      int cachedTokens,
      KvCache trunk,
      Supplier<KvCache> branches,
      Generation.Limits limits) {
    return new Choices(
        request,
        prompt,
        before,
        trunk,
        branches,
        tokenizer,
        (known, cache) -> generation(request, prompt, known, cachedTokens, cache, limits));
  }

  private Generation generation(
      CompletionRequest request,
      int[] prompt,
      AnswerSoFar known,
      int cachedTokens,
      KvCache cache,
      Generation.Limits limits) {
    return new Generation(
        request,
        prompt,
        known,
        cachedTokens,
        cache,
        tokenizer,
        answerTokens,
        constraints.text(request),
        limits);
  }

  /**
   * The messages of a turn of a conversation.
   *
   * @param prompt tokens that its request brought
   * @param completion tokens of the answer
   */
  public List<ChatMessage> messagesOf(int[] prompt, int[] completion) {
    return TurnReader.read(tokenizer, prompt, completion);
  }

  /**
   * The most pages that the answers to a request come to need together.
   *
   * @param promptTokens tokens of the conversation up to them
   * @param positions tokens of the conversation with the longest of them
   * @param chunk the most tokens that are taken in at once
   */
  public int mostPages(CompletionRequest request, int promptTokens, int positions, int chunk) {
    return kvWindow().mostPages(promptTokens - 1, request.options().choices(), positions, chunk);
  }

  /**
   * Answers of this model that are ended before they are all whole.
   *
   * @param prompt all tokens of the conversation up to them
   * @param soFar what is known of each
   * @param cachedTokens tokens of the prompt that the cache held when the request began
   * @param limits of each
   */
  public CutAnswers cut(
      CompletionRequest request,
      int[] prompt,
      List<AnswerSoFar> soFar,
      int cachedTokens,
      Generation.Limits limits,
      FinishReason reason) {
    try (KvCache none = newCache(0)) {
      Function<AnswerSoFar, Generation> begin =
          known -> generation(request, prompt, known, cachedTokens, none, limits);
      Function<AnswerSoFar, CutAnswer> cut =
          known ->
              CutAnswer.of(request, prompt, known, cachedTokens, tokenizer, answerTokens, reason);
      return request.turn().moderation().isPresent()
          ? CutAnswers.ofJudged(soFar, begin, cut, reason)
          : CutAnswers.of(soFar, begin, cut);
    }
  }

  /** A caller that keeps no conversations. */
  public StatelessClient stateless(StatelessSettings asked) {
    return new StatelessClient(this, asked, statelessBudget);
  }

  /** Decodes, for all who share this model. */
  public Engine engine() {
    return engine;
  }

  /** Whether the model's files are those that it was loaded from. */
  public boolean isOfItsFiles() {
    try {
      stamps.requireUnchanged();
      return true;
    } catch (MalformedModelException e) {
      return false;
    }
  }

  private boolean prepareNext() {
    return reading(transformer::prepareNext);
  }

  private <T> T reading(FileStamps.Reading<T> files) {
    try {
      return stamps.reading(files);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a pass, and has its logits taken in on all threads. */
  private List<Pass.Outcome> run(Pass pass) {
    List<SequenceInput> inputs = pass.inputs();
    PassOutput output =
        inputs.isEmpty() ? PassOutput.NOTHING : reading(() -> transformer.pass(inputs));
    List<Pass.Part> parts = pass.parts();
    Pass.Outcome[] outcomes = new Pass.Outcome[parts.size()];
    int[] firstRows = firstRows(parts, SequenceInput::logitRows);
    int[] firstHidden = firstRows(parts, SequenceInput::hiddenRows);
    workPool.run(
        outcomes.length,
        i -> outcomes[i] = takeIn(output, parts.get(i), firstRows[i], firstHidden[i]));
    return List.of(outcomes);
  }

  private static int[] firstRows(List<Pass.Part> parts, ToIntFunction<SequenceInput> rows) {
    int[] first = new int[parts.size()];
    for (int i = 1; i < first.length; i++) {
      first[i] = first[i - 1] + rows.applyAsInt(parts.get(i - 1).input());
    }
    return first;
  }

  private static Pass.Outcome takeIn(PassOutput output, Pass.Part part, int row, int hiddenRow) {
    int rows = part.input().logitRows();
    try {
      part.sequence().accept(output.hidden(), hiddenRow, part.input().hiddenRows());
      List<Drawn> drawn =
          rows == 0 ? List.of() : part.sequence().accept(output.logits(), row, rows);
      return new Pass.Outcome.Done(drawn, part.sequence().cache().takeFilled());
    } catch (Throwable cause) { // Its client fails, the others go on.
      return new Pass.Outcome.Failed(cause);
    }
  }

  /** Waits for the pass under way, ends all threads, and frees caches, weights and files. */
  @Override
  public void close() {
    engine.close();
    constraints.close();
    workPool.close();
    pagePool.close();
    arena.close();
  }
}
