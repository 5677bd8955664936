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
import io.flinkmistral.constraint.tokens.TokenGrammar;
import io.flinkmistral.constraint.tokens.ToolCallText;
import io.flinkmistral.generation.AnswerTokens;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/**
 * What answers are held to, made ready for a model. The forms that were used last are kept, with
 * what is known of them, for all answers. Safe for use by many threads.
 */
final class AnswerConstraints {
  /** Each takes up to some 12 MB, when much has been written with it. */
  private static final int MOST = 16;

  /** What a grammar is made of. */
  private sealed interface Form {
    /** The request's field that brought it. */
    String parameter();

    record Of(OutputConstraint constraint) implements Form {
      @Override
      public String parameter() {
        return AnswerConstraints.parameter(constraint);
      }
    }

    record Calls(List<String> tools, ToolUse use) implements Form {
      @Override
      public String parameter() {
        return ToolCallGrammar.PARAMETER;
      }
    }
  }

  private final Tokenizer tokenizer;
  private final int logits;
  private final AnswerTokens answerTokens;
  private AnswerVocabulary vocabulary;

  /** In the order of their last use. */
  private final SequencedMap<Form, TokenGrammar> grammars = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param logits how many the model has
   */
  AnswerConstraints(Tokenizer tokenizer, int logits, AnswerTokens answerTokens) {
    this.tokenizer = tokenizer;
    this.logits = logits;
    this.answerTokens = answerTokens;
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
    return request.prompt() instanceof Prompt.Chat chat
            && !chat.tools().isEmpty()
            && answerTokens.toolCallsId().isPresent()
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

  private synchronized TokenGrammar grammar(Form form) {
    TokenGrammar known = grammars.get(form);
    if (known != null) {
      return known;
    }
    TokenGrammar made = compiled(form);
    grammars.put(form, made);
    if (grammars.size() > MOST) {
      grammars.pollFirstEntry();
    }
    return made;
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

  private AnswerVocabulary vocabulary() {
    if (vocabulary == null) {
      vocabulary =
          new AnswerVocabulary(tokenizer, logits, answerTokens.eosId(), answerTokens.endIds());
    }
    return vocabulary;
  }

  private static GrammarMachine machine(Form form) {
    return switch (form) {
      case Form.Of(OutputConstraint constraint) -> {
        String parameter = parameter(constraint);
        yield GrammarMachine.compile(grammar(constraint, parameter), parameter);
      }
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
