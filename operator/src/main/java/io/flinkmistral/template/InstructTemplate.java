package io.flinkmistral.template;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The form in which an instruct model has learnt to see a dialogue. It is put together from ids:
 * text is encoded as text, whatever it looks like. A template that a model file brings is never
 * evaluated.
 *
 * <p>In all versions, messages of one role in a row are joined by an empty line, and so are all
 * system messages, but in v7, where these stand apart.
 */
public sealed interface InstructTemplate permits InstructTemplateV1, PieceTemplate {
  /** The template that models with this vocabulary are trained on. */
  static InstructTemplate forVocabulary(Vocabulary vocabulary) {
    return ofName(vocabulary.templateVersion());
  }

  /**
   * The template that a model is trained on, by all that its files say. The vocabulary tells v1
   * from the others, by the pieces' texts at their ids. What tells the others from each other is,
   * of these, the first that is there: the version that the tokenizer's file has, in its name or in
   * it; the file's own template, by its pieces for system messages (v7) and how it writes results
   * of tools, where it knows tools, and v3 where it knows none; the vocabulary.
   */
  static InstructTemplate forModel(
      Vocabulary vocabulary, Optional<String> tokenizerVersion, Optional<ChatTemplate> template) {
    if (!ControlPieces.areIn(vocabulary, ControlPieces.V3)) {
      return new InstructTemplateV1(UnknownTools.REFUSE);
    }
    String version = tokenizerVersion.orElse("");
    if (names().contains(version)) {
      return ofName(version);
    }
    if (template.isEmpty()) {
      return forVocabulary(vocabulary);
    }
    boolean systemPieces =
        template.get().hasSystemPieces() && ControlPieces.areIn(vocabulary, ControlPieces.V7);
    boolean idsOfCalls = template.get().resultsHaveIds().orElse(true);
    return systemPieces ? PieceTemplate.V7 : idsOfCalls ? PieceTemplate.V3 : PieceTemplate.V2;
  }

  /**
   * The template of one of {@link #names}.
   *
   * @throws IllegalArgumentException where there is no such template
   */
  static InstructTemplate ofName(String name) {
    return all().stream()
        .filter(template -> template.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no instruct template '%s': choose one of %s"
                        .formatted(name, String.join(", ", names()))));
  }

  private static List<InstructTemplate> all() {
    return List.of(
        new InstructTemplateV1(UnknownTools.REFUSE),
        PieceTemplate.V2,
        PieceTemplate.V3,
        PieceTemplate.V7);
  }

  /** The names of all templates, from the oldest on. */
  static List<String> names() {
    return all().stream().map(InstructTemplate::name).toList();
  }

  String name();

  /**
   * What tells its ids from those of other templates. It is in the fingerprints of savepoints: one
   * that changes drops their pages.
   */
  default String fingerprint() {
    return "InstructTemplate%s[]".formatted(name().toUpperCase(Locale.ROOT));
  }

  /** The same with system prompt and tools in another place, where that can be chosen. */
  default InstructTemplate withSystem(SystemPosition position) {
    return this;
  }

  /** The same with another way with tools, where it knows none. */
  default InstructTemplate withUnknownTools(UnknownTools way) {
    return this;
  }

  /** Whether calls of tools are the text of an answer: a list of them, and nothing else. */
  default boolean hasCallsAsText() {
    return false;
  }

  /** The id that the model draws before calls of tools; none where the template knows no tools. */
  OptionalInt toolCallsId(Vocabulary vocabulary);

  /**
   * Checks that the vocabulary has the pieces that this template is put together from.
   *
   * @throws IllegalArgumentException where it does not; it says what to do
   */
  void requireFits(Vocabulary vocabulary);

  /**
   * The ids of a whole dialogue, from BOS to where the assistant is to speak.
   *
   * @param tools definitions of tools as JSON texts, in OpenAI's form
   * @throws InvalidRequestException where this template has no form for the dialogue
   */
  default int[] renderDialogue(
      Tokenizer tokenizer, List<ChatMessage> messages, List<String> tools) {
    return renderTurn(tokenizer, true, messages, tools);
  }

  /**
   * The ids that a request adds to a conversation that ends with the assistant's EOS. What is there
   * already is never rendered anew, so system prompt and tools stand in the turn that brought them;
   * apart from these, turn after turn gives the same ids as the whole dialogue at once.
   *
   * @param first whether the conversation starts with this request, and so with BOS
   * @param messages what is new in the conversation
   * @param tools definitions of tools as JSON texts, in OpenAI's form
   * @throws InvalidRequestException where this template has no form for the messages
   */
  int[] renderTurn(
      Tokenizer tokenizer, boolean first, List<ChatMessage> messages, List<String> tools);

  /**
   * The same for a chat, whose last message may be the beginning of the answer: then its text
   * stands where the assistant is to speak, and no EOS behind it.
   *
   * @throws InvalidRequestException where this template has no form for the messages
   */
  default int[] renderTurn(Tokenizer tokenizer, boolean first, Prompt.Chat chat) {
    List<ChatMessage> messages = chat.messages();
    if (!chat.continued()) {
      return renderTurn(tokenizer, first, messages, chat.tools());
    }
    int last = messages.size() - 1;
    int[] turn = renderTurn(tokenizer, first, messages.subList(0, last), chat.tools());
    int[] begun = encodeAnswer(tokenizer, messages.get(last).content());
    int[] ids = Arrays.copyOf(turn, turn.length + begun.length);
    System.arraycopy(begun, 0, ids, turn.length, begun.length);
    return ids;
  }

  /** The ids of an answer's text, without EOS. */
  int[] encodeAnswer(Tokenizer tokenizer, String text);
}
