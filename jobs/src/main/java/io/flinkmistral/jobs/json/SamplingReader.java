package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/** How tokens are chosen, and where they end. */
final class SamplingReader {
  /** llama.cpp's default of {@code repeat_last_n}, beside its own name of the penalty. */
  private static final int LLAMA_CPP_LAST_N = 64;

  private static final String REPETITION = "repetition_penalty";
  private static final String LLAMA_CPP_REPETITION = "repeat_penalty";

  private SamplingReader() {}

  static SamplingParams sampling(Fields fields) {
    SamplingParams defaults = SamplingParams.DEFAULT;
    return new SamplingParams(
        fields.number("temperature", defaults.temperature()),
        fields.number("top_p", defaults.topP()),
        topK(fields, defaults.topK()),
        fields.number("min_p", defaults.minP()),
        fields.number("typical_p", defaults.typicalP()),
        penalties(fields),
        logitBias(fields),
        fields.textList("bad_words"),
        fields.longInteger("seed"));
  }

  /** Both zero and, as vLLM spells it, minus one keep all tokens. */
  private static int topK(Fields fields, int absent) {
    int topK = fields.integer("top_k").orElse(absent);
    return topK == -1 ? 0 : topK;
  }

  private static Penalties penalties(Fields fields) {
    Penalties none = Penalties.NONE;
    boolean asLlamaCpp =
        fields.node(LLAMA_CPP_REPETITION).isPresent() && fields.node(REPETITION).isEmpty();
    return new Penalties(
        fields.number("presence_penalty", none.presence()),
        fields.number("frequency_penalty", none.frequency()),
        repetition(fields, asLlamaCpp),
        fields.integer("repeat_last_n").orElse(asLlamaCpp ? LLAMA_CPP_LAST_N : none.repeatLastN()));
  }

  /** By vLLM's name, or by llama.cpp's. */
  private static double repetition(Fields fields, boolean asLlamaCpp) {
    double theirs = fields.number(LLAMA_CPP_REPETITION, Penalties.NONE.repetition());
    if (asLlamaCpp) {
      if (!Penalties.isRepetition(theirs)) {
        throw InvalidRequestException.outOfRange(
            LLAMA_CPP_REPETITION, theirs, Penalties.REPETITIONS);
      }
      return theirs;
    }
    double penalty = fields.number(REPETITION, Penalties.NONE.repetition());
    if (fields.node(LLAMA_CPP_REPETITION).isPresent() && theirs != penalty) {
      throw fields.invalid(
          LLAMA_CPP_REPETITION,
          "is %s, but repetition_penalty, vLLM's name of it, is %s: leave one of them out"
              .formatted(theirs, penalty));
    }
    return penalty;
  }

  /** Tokens by their ids, as names of fields. */
  private static SortedMap<Integer, Float> logitBias(Fields fields) {
    SortedMap<Integer, Float> bias = new TreeMap<>();
    fields
        .object("logit_bias")
        .ifPresent(
            ids ->
                ids.forEach((id, value) -> bias.put(token(fields, id), (float) ids.number(id, 0))));
    return bias;
  }

  private static int token(Fields fields, String id) {
    try {
      int token = Integer.parseInt(id);
      if (String.valueOf(token).equals(id)) {
        return token;
      }
    } catch (NumberFormatException e) {
      // It is refused below.
    }
    throw fields.invalid(
        "logit_bias",
        "names tokens by their ids, such as \"1734\", but one is \"%s\"".formatted(Excerpt.of(id)));
  }

  static StopConditions stop(Fields fields) {
    return new StopConditions(
        maxTokens(fields),
        fields.integer("min_tokens").orElse(0),
        fields.texts("stop"),
        fields.integerList("stop_token_ids"),
        fields.flag("ignore_eos"));
  }

  /** By the newer of its two names, or by the older one. */
  private static OptionalInt maxTokens(Fields fields) {
    OptionalInt newer = positive(fields, "max_completion_tokens");
    OptionalInt older = positive(fields, "max_tokens");
    if (newer.isPresent() && older.isPresent() && !newer.equals(older)) {
      throw fields.invalid(
          "max_completion_tokens",
          "is %d, but max_tokens, its older name, is %d: leave one of them out"
              .formatted(newer.getAsInt(), older.getAsInt()));
    }
    return newer.isPresent() ? newer : older;
  }

  private static OptionalInt positive(Fields fields, String field) {
    OptionalInt value = fields.integer(field);
    value.ifPresent(
        tokens -> {
          if (tokens < 1) {
            throw fields.invalid(field, "must be 1 or more, but is " + tokens);
          }
        });
    return value;
  }
}
