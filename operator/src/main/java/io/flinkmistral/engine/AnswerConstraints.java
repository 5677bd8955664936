package io.flinkmistral.engine;

import io.flinkmistral.constraint.Choices;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.gbnf.GbnfReader;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.regex.RegularExpressions;
import io.flinkmistral.constraint.schema.JsonGrammar;
import io.flinkmistral.constraint.schema.JsonSchemas;
import io.flinkmistral.constraint.tokens.AnswerVocabulary;
import io.flinkmistral.constraint.tokens.CallFreeText;
import io.flinkmistral.constraint.tokens.ConstrainedText;
import io.flinkmistral.constraint.tokens.HeldText;
import io.flinkmistral.constraint.tokens.TextOrCalls;
import io.flinkmistral.constraint.tokens.TokenGrammar;
import io.flinkmistral.constraint.tokens.ToolCallText;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.generation.text.CallsAsText;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What answers are held to, made ready for a model. The forms that were used last are kept, with
 * what is known of them, for all answers. Safe for use by many threads.
 */
final class AnswerConstraints implements AutoCloseable {
  /** Of memory that all take, about, in bytes. */
  static final long MOST_BYTES = 256L << 20;

  /** However small they are: each is asked for its size. */
  static final int MOST = 256;

  private static final int MAKERS = 2;

  /** Of an entry, without what is known of it. */
  private static final long ENTRY = 1_000;

  /** What a grammar is made of. */
  private sealed interface Form {
    /** The request's field that brought it. */
    String parameter();

    /** Characters of its text. */
    long length();

    record Of(OutputConstraint constraint) implements Form {
      @Override
      public String parameter() {
        return AnswerConstraints.parameter(constraint);
      }

      @Override
      public long length() {
        return switch (constraint) {
          case OutputConstraint.JsonObject _ -> 0;
          case OutputConstraint.JsonSchema json -> json.schema().length();
          case OutputConstraint.Choice(List<String> texts) ->
              texts.stream().mapToLong(String::length).sum();
          case OutputConstraint.Regex(String pattern) -> pattern.length();
          case OutputConstraint.Gbnf(String grammar) -> grammar.length();
        };
      }
    }

    /** Texts that do not begin as a list of calls. */
    record NoCalls() implements Form {
      @Override
      public String parameter() {
        return ToolCallGrammar.PARAMETER;
      }

      @Override
      public long length() {
        return 0;
      }
    }

    record Calls(List<String> tools, ToolUse use) implements Form {
      @Override
      public String parameter() {
        return ToolCallGrammar.PARAMETER;
      }

      @Override
      public long length() {
        return tools.stream().mapToLong(String::length).sum();
      }
    }
  }

  private final Tokenizer tokenizer;
  private final int logits;
  private final AnswerTokens answerTokens;
  private final ThreadPoolExecutor makers = makers();
  private final Object vocabularyLock = new Object();
  private AnswerVocabulary vocabulary;

  /**
   * In the order of their last use, those that are being made, too. What cannot be is remembered as
   * well, so that a client that asks for it again and again costs no more work.
   */
  private final SequencedMap<Form, CompletableFuture<TokenGrammar>> grammars =
      new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param logits how many the model has
   */
  AnswerConstraints(Tokenizer tokenizer, int logits, AnswerTokens answerTokens) {
    this.tokenizer = tokenizer;
    this.logits = logits;
    this.answerTokens = answerTokens;
  }

  /** So that one that takes long does not hold up the next one. */
  private static ThreadPoolExecutor makers() {
    ThreadPoolExecutor makers =
        new ThreadPoolExecutor(
            MAKERS,
            MAKERS,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("mistral-forms-", 0).daemon().factory());
    makers.allowCoreThreadTimeOut(true);
    return makers;
  }

  /** Ends the threads that make forms. */
  @Override
  public void close() {
    makers.shutdownNow();
  }

  /**
   * The text of an answer before its first token, if it is held to anything.
   *
   * @throws InvalidRequestException if it cannot be
   */
  Optional<HeldText> text(CompletionRequest request) {
    request.constraint().ifPresent(_ -> requireNoOtherEnds(request));
    Optional<ConstrainedText> text =
        request
            .constraint()
            .map(constraint -> grammar(new Form.Of(constraint)))
            .map(
                grammar ->
                    request.prompt().goesOn() ? grammar.newContinuation() : grammar.newText());
    if (hasCallsAsText(request)) {
      return Optional.of(callsAsText((Prompt.Chat) request.prompt(), text));
    }
    return hasTools(request) && request.prompt() instanceof Prompt.Chat chat
        ? Optional.of(withCalls(answerTokens.toolCallsId().getAsInt(), text, chat))
        : text.map(Function.identity());
  }

  private HeldText withCalls(int callsId, Optional<ConstrainedText> text, Prompt.Chat chat) {
    if (chat.use().choice() instanceof ToolChoice.None) {
      return new CallFreeText(callsId, logits, text);
    }
    // Made now: what cannot be is said before the answer begins, and no pass waits for it.
    TokenGrammar calls = grammar(new Form.Calls(chat.tools(), chat.use()));
    return chat.use().choice().asksForCall()
        ? ToolCallText.required(callsId, logits, calls)
        : ToolCallText.possible(callsId, text, calls);
  }

  private HeldText callsAsText(Prompt.Chat chat, Optional<ConstrainedText> text) {
    TokenGrammar calls = grammar(new Form.Calls(chat.tools(), chat.use()));
    return chat.use().choice().asksForCall()
        ? calls.newText()
        : new TextOrCalls(grammar(new Form.NoCalls()), text, calls);
  }

  private static void requireNoOtherEnds(CompletionRequest request) {
    if (!request.stop().texts().isEmpty()) {
      throw endsElsewhere("stop");
    }
    if (!request.stop().tokenIds().isEmpty()) {
      throw endsElsewhere("stop_token_ids");
    }
  }

  private static InvalidRequestException endsElsewhere(String parameter) {
    return new InvalidRequestException(
        parameter,
        parameter
            + " cannot stand beside response_format or structured_outputs: an answer that is held"
            + " to a form ends where the form does");
  }

  /**
   * Whether all that the request asks for is ready, or is known not to be possible; else it is made
   * on a thread of its own.
   *
   * @param whenReady is run when there is more to be known, on that thread
   */
  boolean isReady(CompletionRequest request, Runnable whenReady) {
    for (Form form : forms(request)) {
      CompletableFuture<TokenGrammar> mine = new CompletableFuture<>();
      CompletableFuture<TokenGrammar> known = firstOrKnown(form, mine);
      if (known == mine) {
        makers.execute(() -> make(form, mine));
      }
      if (!known.isDone()) {
        known.whenComplete((_, _) -> whenReady.run());
        return false;
      }
    }
    return true;
  }

  private List<Form> forms(CompletionRequest request) {
    List<Form> forms = new ArrayList<>();
    request.constraint().ifPresent(constraint -> forms.add(new Form.Of(constraint)));
    if (hasTools(request)
        && request.prompt() instanceof Prompt.Chat chat
        && !(chat.use().choice() instanceof ToolChoice.None)) {
      forms.add(new Form.Calls(chat.tools(), chat.use()));
    }
    if (hasCallsAsText(request) && request.prompt() instanceof Prompt.Chat chat) {
      forms.add(new Form.Calls(chat.tools(), chat.use()));
      forms.add(new Form.NoCalls());
    }
    return forms;
  }

  private boolean hasCallsAsText(CompletionRequest request) {
    return answerTokens.callsAsText() && CallsAsText.mayBe(request);
  }

  private boolean hasTools(CompletionRequest request) {
    return request.prompt() instanceof Prompt.Chat chat
        && !chat.tools().isEmpty()
        && answerTokens.toolCallsId().isPresent();
  }

  /** Whoever asks first makes it; who asks for another one meanwhile does not wait for that. */
  private TokenGrammar grammar(Form form) {
    CompletableFuture<TokenGrammar> mine = new CompletableFuture<>();
    CompletableFuture<TokenGrammar> known = firstOrKnown(form, mine);
    if (known == mine) {
      make(form, mine);
    }
    makeRoom(); // Those in use have grown.
    try {
      return known.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof InvalidRequestException refused) {
        throw refused;
      }
      forget(form);
      throw e;
    }
  }

  private void make(Form form, CompletableFuture<TokenGrammar> made) {
    try {
      made.complete(compiled(form));
    } catch (Throwable e) { // Whoever needs it is told.
      made.completeExceptionally(e);
    }
  }

  private synchronized CompletableFuture<TokenGrammar> firstOrKnown(
      Form form, CompletableFuture<TokenGrammar> mine) {
    CompletableFuture<TokenGrammar> known = grammars.get(form);
    if (known == null) {
      grammars.put(form, mine);
      return mine;
    }
    return known;
  }

  private synchronized void forget(Form form) {
    grammars.remove(form);
  }

  /** Those in use go on, and are made anew for the next request. */
  private synchronized void makeRoom() {
    long bytes = bytes();
    while (grammars.size() > 1 && (bytes > MOST_BYTES || grammars.size() > MOST)) {
      Map.Entry<Form, CompletableFuture<TokenGrammar>> eldest = grammars.pollFirstEntry();
      bytes -= bytes(eldest.getKey(), eldest.getValue());
    }
  }

  /** About how many bytes of memory all take. */
  synchronized long bytes() {
    return grammars.entrySet().stream().mapToLong(e -> bytes(e.getKey(), e.getValue())).sum();
  }

  /** How many there are. */
  synchronized int count() {
    return grammars.size();
  }

  private static long bytes(Form form, CompletableFuture<TokenGrammar> grammar) {
    long ofGrammar =
        grammar.isDone() && !grammar.isCompletedExceptionally() ? grammar.join().bytes() : 0;
    return ENTRY + 2 * form.length() + ofGrammar;
  }

  /** Where the model is free to call tools, it is not refused for what cannot be enforced. */
  private TokenGrammar compiled(Form form) {
    try {
      return ready(machine(form));
    } catch (InvalidRequestException e) {
      if (form instanceof Form.Calls(List<String> tools, ToolUse use)
          && ToolCallGrammar.mayBeAnyObjects(tools, use)) {
        return ready(
            GrammarMachine.compile(
                ToolCallGrammar.ofAnyObjects(tools, use), ToolCallGrammar.PARAMETER));
      }
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      // Whatever it is, it is this form's: the next requests are answered.
      throw new InvalidRequestException(
          form.parameter(), "%s cannot be made ready: %s".formatted(form.parameter(), e));
    }
  }

  private TokenGrammar ready(GrammarMachine machine) {
    TokenGrammar made = new TokenGrammar(machine, vocabulary());
    made.newText().mask(); // Refused now, if it takes too long from the start.
    return made;
  }

  /** It takes a while, in which nobody waits who does not need it. */
  private AnswerVocabulary vocabulary() {
    synchronized (vocabularyLock) {
      if (vocabulary == null) {
        vocabulary =
            new AnswerVocabulary(tokenizer, logits, answerTokens.eosId(), answerTokens.endIds());
      }
      return vocabulary;
    }
  }

  private static GrammarMachine machine(Form form) {
    return switch (form) {
      case Form.Of(OutputConstraint constraint) -> {
        String parameter = parameter(constraint);
        yield GrammarMachine.compile(grammar(constraint, parameter), parameter);
      }
      case Form.NoCalls() ->
          GrammarMachine.compile(ToolCallGrammar.anyOther(), ToolCallGrammar.PARAMETER);
      case Form.Calls(List<String> tools, ToolUse use) ->
          GrammarMachine.compile(ToolCallGrammar.of(tools, use), ToolCallGrammar.PARAMETER);
    };
  }

  private static String parameter(OutputConstraint constraint) {
    return switch (constraint) {
      case OutputConstraint.JsonObject _ -> "response_format";
      case OutputConstraint.JsonSchema _ -> "response_format.json_schema.schema";
      case OutputConstraint.Choice _ -> "structured_outputs.choice";
      case OutputConstraint.Regex _ -> "structured_outputs.regex";
      case OutputConstraint.Gbnf _ -> "structured_outputs.grammar";
    };
  }

  private static Grammar grammar(OutputConstraint constraint, String parameter) {
    return switch (constraint) {
      case OutputConstraint.JsonObject _ -> JsonGrammar.anyObject(parameter);
      case OutputConstraint.JsonSchema json -> JsonSchemas.grammar(json.schema(), parameter);
      case OutputConstraint.Choice(List<String> texts) -> Choices.of(texts, parameter);
      case OutputConstraint.Regex(String pattern) -> RegularExpressions.grammar(pattern, parameter);
      case OutputConstraint.Gbnf(String grammar) -> GbnfReader.read(grammar, parameter);
    };
  }
}
