package io.flinkmistral.jobs.bench;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceTokenizer;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/** Prompts of a wanted length, and requests that bring them. */
final class PromptText {
  private static final String WORD = "dog ";

  private final Tokenizer tokenizer;
  private final InstructTemplate template;

  PromptText(Path model) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      SentencePieceVocabulary vocabulary =
          (SentencePieceVocabulary)
              ModelReader.open(model, arena, LoadListener.NONE).vocabulary().orElseThrow();
      tokenizer = new SentencePieceTokenizer(vocabulary);
      template = InstructTemplate.forVocabulary(vocabulary);
    }
  }

  /** A text of at most so many tokens with its template, and hardly fewer. */
  String ofTokens(int tokens) {
    int words = 1;
    for (int step = Integer.highestOneBit(tokens); step > 0; step /= 2) {
      if (tokensOf(WORD.repeat(words + step)) <= tokens) {
        words += step;
      }
    }
    return WORD.repeat(words);
  }

  private int tokensOf(String text) {
    return template.renderTurn(
            tokenizer, true, List.of(new ChatMessage(Role.USER, text)), List.of())
        .length;
  }

  /** A streamed request at temperature 1. */
  static String request(String id, String conversation, String text, int maxTokens, boolean reset) {
    return """
    {"request_id": "%s", "conversation_id": "%s", "stream": true, "temperature": 1, "reset": %s,
     "max_tokens": %d, "messages": [{"role": "user", "content": "%s"}]}\
    """
        .formatted(id, conversation, reset, maxTokens, text);
  }
}
