package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Surrogates;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/** How an answer is given. */
final class AnswerOptionsReader {
  private static final String LOGPROBS = "logprobs";
  private static final String TOP_LOGPROBS = "top_logprobs";
  private static final String METADATA = "metadata";
  private static final int MOST_ENTRIES = 16;
  private static final int MOST_NAME = 64;
  private static final int MOST_VALUE = 512;
  private static final int MOST_USER_BYTES = 1024;
  private static final int MOST_SALT_BYTES = 1024;

  private AnswerOptionsReader() {}

  /**
   * @param chat whether the answer is a message
   */
  static AnswerOptions read(Fields fields, boolean chat) {
    fields.object("stream_options").ifPresent(options -> options.as(RequestFields.STREAM_OPTIONS));
    return new AnswerOptions(
        fields.flag("stream"),
        choices(fields),
        chat ? ofChat(fields) : ofText(fields),
        fields.integer("prompt_logprobs"),
        fields.text("user", MOST_USER_BYTES),
        metadata(fields),
        fields.text("cache_salt", MOST_SALT_BYTES));
  }

  /** All that are written are in the answer: there is no best of more. */
  private static int choices(Fields fields) {
    int choices = fields.integer("n").orElse(1);
    int bestOf = fields.integer("best_of").orElse(choices);
    if (bestOf != choices) {
      throw fields.invalid(
          "best_of",
          "must be n, which is %d, but is %d: ask for all as n, and choose by their logprobs"
              .formatted(choices, bestOf));
    }
    return choices;
  }

  private static OptionalInt ofChat(Fields fields) {
    boolean wanted = fields.flag(LOGPROBS);
    OptionalInt top = fields.integer(TOP_LOGPROBS);
    if (!wanted && top.orElse(0) != 0) {
      throw fields.invalid(TOP_LOGPROBS, "needs logprobs: true");
    }
    return wanted ? OptionalInt.of(top.orElse(0)) : OptionalInt.empty();
  }

  /** There, one field says whether and how many. */
  private static OptionalInt ofText(Fields fields) {
    OptionalInt top = fields.integer(LOGPROBS);
    if (fields.node(TOP_LOGPROBS).isPresent()) {
      throw fields.invalid(TOP_LOGPROBS, "needs messages: beside prompt, logprobs is a number");
    }
    int most = AnswerOptions.MOST_TOP_LOGPROBS;
    if (top.isPresent() && (top.getAsInt() < 0 || top.getAsInt() > most)) {
      throw InvalidRequestException.outOfRange(LOGPROBS, top.getAsInt(), "from 0 to " + most);
    }
    return top;
  }

  /** As OpenAI has them: a few names with short texts. */
  private static Map<String, String> metadata(Fields fields) {
    Map<String, String> metadata = new LinkedHashMap<>();
    fields
        .object(METADATA)
        .ifPresent(
            object ->
                object.forEach(
                    (name, value) -> metadata.put(checked(object, name), value(object, name))));
    if (metadata.size() > MOST_ENTRIES) {
      throw fields.invalid(
          METADATA,
          "has %d entries, but at most %d are allowed".formatted(metadata.size(), MOST_ENTRIES));
    }
    return metadata;
  }

  private static String checked(Fields object, String name) {
    if (name.length() > MOST_NAME || Surrogates.firstLone(name) >= 0) {
      throw object.invalid(
          Excerpt.of(name),
          "is no name of an entry: it has more than %d characters, or half a surrogate pair"
              .formatted(MOST_NAME));
    }
    return name;
  }

  private static String value(Fields object, String name) {
    String value = object.requiredText(name);
    if (value.length() > MOST_VALUE) {
      throw object.invalid(
          name,
          "has %d characters, but at most %d are allowed".formatted(value.length(), MOST_VALUE));
    }
    return value;
  }
}
