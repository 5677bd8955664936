package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** Records of a wanted length that nobody has seen before, behind one beginning. */
final class Records {
  private static final List<String> WORDS =
      List.of(
          "the", "a", "on", "with", "dog", "house", "river", "green", "long", "day", "sea", "red",
          "train", "book", "light", "small", "water", "garden", "bread", "night", "stone", "old",
          "bird", "road", "winter", "letter", "glass", "tree", "door", "paper", "music", "horse");

  /**
   * A record.
   *
   * @param prompt all tokens of its prompt
   */
  record Item(String text, int[] prompt) {}

  private final LanguageModel model;
  private final String system;
  private final int tokens;
  private final Random random = new Random(5);

  /**
   * @param shared tokens before a record's own
   * @param own tokens of a record, with what stands behind it
   */
  Records(LanguageModel model, Work work, int shared, int own) {
    this.model = model;
    this.system = filled(work.instruction(), this::shared, shared);
    this.tokens = shared + own;
  }

  /** The template of all. */
  PromptTemplate template() {
    return PromptTemplate.of("{{text}}").withSystemPrompt(system);
  }

  List<Item> next(int count) {
    return Stream.generate(this::item).limit(count).toList();
  }

  private Item item() {
    String text = filled(word(), one -> tokens(system, one), tokens);
    return new Item(text, prompt(system, text));
  }

  /** Words are added as long as it has fewer tokens. */
  private String filled(String begin, ToIntFunction<String> length, int most) {
    List<String> words = new ArrayList<>(List.of(begin));
    while (length.applyAsInt(String.join(" ", words)) < most) {
      words.add(word());
    }
    return String.join(" ", words);
  }

  private String word() {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  private int shared(String beginning) {
    return Arrays.mismatch(prompt(beginning, WORDS.getFirst()), prompt(beginning, WORDS.getLast()));
  }

  private int tokens(String beginning, String text) {
    return prompt(beginning, text).length;
  }

  private int[] prompt(String beginning, String text) {
    List<ChatMessage> messages =
        List.of(new ChatMessage(Role.SYSTEM, beginning), new ChatMessage(Role.USER, text));
    return model.encodeTurn(
        true, CompletionRequest.of("r", "c").prompt(new Prompt.Chat(messages, List.of())).build());
  }

  /** Tokens that a text has by itself. */
  int tokens(String text) {
    return model.tokenizer().encode(text).length;
  }
}
