package io.flinkmistral.weights.folder;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.JsonFields;
import io.flinkmistral.weights.source.MappedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * What a folder says of dialogues: {@code eos_token_id} of its configuration and of {@code
 * generation_config.json}, a number or a list; the template in {@code chat_template.jinja} or else
 * in {@code tokenizer_config.json}; the version in the name of a tokenizer's file.
 */
final class ChatFiles {
  private static final String GENERATION_CONFIG = "generation_config.json";
  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final String TEMPLATE_FILE = "chat_template.jinja";
  private static final String TEMPLATE = "chat_template";
  private static final String EOS = "eos_token_id";

  /** Ten times the longest in use. */
  private static final int MAX_TEMPLATE_BYTES = 1 << 20;

  private ChatFiles() {}

  /**
   * @param config the folder's configuration, where it may name ends
   */
  static ChatFormat read(
      ModelFolder folder,
      Optional<JsonFields> config,
      Optional<Vocabulary> vocabulary,
      LoadListener listener)
      throws IOException {
    if (vocabulary.isEmpty()) {
      return ChatFormat.NONE;
    }
    Set<Long> ends = new TreeSet<>();
    if (config.isPresent()) {
      addEnds(config.get(), ends);
    }
    if (folder.has(GENERATION_CONFIG)) {
      addEnds(JsonFields.read(folder.map(GENERATION_CONFIG)), ends);
    }
    return new ChatFormat(
        ChatFormat.endsIn(ends, vocabulary.get(), listener),
        template(folder).filter(template -> !template.isBlank()),
        folder.tokenizerVersion(vocabulary.get()));
  }

  private static void addEnds(JsonFields fields, Set<Long> ends) throws MalformedModelException {
    Optional<JsonNode> value = fields.value(EOS);
    if (value.isEmpty()) {
      return;
    }
    Iterable<JsonNode> ids = value.get().isArray() ? value.get().values() : Set.of(value.get());
    for (JsonNode id : ids) {
      if (!id.isIntegralNumber() || !id.canConvertToLong()) {
        throw fields.wrong(EOS, "must be an id or a list of ids, but is " + value.get());
      }
      ends.add(id.longValue());
    }
  }

  private static Optional<String> template(ModelFolder folder) throws IOException {
    if (folder.has(TEMPLATE_FILE)) {
      MappedFile file = folder.map(TEMPLATE_FILE);
      if (file.size() > MAX_TEMPLATE_BYTES) {
        throw file.malformed(
            MAX_TEMPLATE_BYTES,
            "the template has %d bytes, more than the %d that are read"
                .formatted(file.size(), MAX_TEMPLATE_BYTES));
      }
      return Optional.of(new String(file.bytes(0, (int) file.size()), StandardCharsets.UTF_8));
    }
    return folder.has(TOKENIZER_CONFIG)
        ? template(JsonFields.read(folder.map(TOKENIZER_CONFIG)))
        : Optional.empty();
  }

  /** A text, or a list of texts with names, of which the one called "default" counts. */
  private static Optional<String> template(JsonFields fields) throws MalformedModelException {
    Optional<JsonNode> value = fields.value(TEMPLATE);
    if (value.isEmpty() || !value.get().isArray()) {
      return fields.text(TEMPLATE);
    }
    Optional<String> first = Optional.empty();
    for (JsonNode named : value.get().values()) {
      String template = named.path("template").asString("");
      if (named.path("name").asString("").equals("default")) {
        return Optional.of(template);
      }
      first = first.isPresent() ? first : Optional.of(template);
    }
    return first;
  }
}
