package io.flinkmistral.weights.gguf;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** What a GGUF file says of dialogues: its template, and the ends of a turn and of a message. */
final class GgufChat {
  static final String TEMPLATE = "tokenizer.chat_template";

  /** Keys of ids that end an answer, each of one beside EOS. */
  static final String[] ENDS = {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"};

  private GgufChat() {}

  static ChatFormat read(
      GgufMetadata metadata, Optional<Vocabulary> vocabulary, LoadListener listener)
      throws MalformedModelException {
    if (vocabulary.isEmpty()) {
      return ChatFormat.NONE;
    }
    Set<Long> ends = new TreeSet<>();
    for (String key : ENDS) {
      OptionalLong id = metadata.integer(key);
      if (id.isPresent()) {
        ends.add(id.getAsLong());
      }
    }
    return new ChatFormat(
        ChatFormat.endsIn(ends, vocabulary.get(), listener),
        metadata.text(TEMPLATE).filter(template -> !template.isBlank()),
        vocabulary.get() instanceof TekkenVocabulary
            ? metadata.text(GgufTekken.VERSION)
            : Optional.empty());
  }
}
