package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.RankedToken;
import io.flinkmistral.protocol.TokenLogprob;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

/** Probabilities of tokens in OpenAI's two forms. */
final class LogprobWriter {
  private LogprobWriter() {}

  /** As messages have them. */
  static void content(JsonGenerator json, List<TokenLogprob> tokens) {
    json.writeObjectPropertyStart("logprobs");
    json.writeArrayPropertyStart("content");
    for (TokenLogprob token : tokens) {
      json.writeStartObject();
      one(json, token);
      json.writeArrayPropertyStart("top_logprobs");
      for (TokenLogprob top : token.top()) {
        json.writeStartObject();
        one(json, top);
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNullProperty("refusal");
    json.writeEndObject();
  }

  private static void one(JsonGenerator json, TokenLogprob token) {
    json.writeStringProperty("token", token.token());
    json.writeNumberProperty("logprob", number(token));
    if (token.bytes().isEmpty()) {
      json.writeNullProperty("bytes");
      return;
    }
    json.writeArrayPropertyStart("bytes");
    token.bytes().get().forEach(json::writeNumber);
    json.writeEndArray();
  }

  /** As continuations of texts have them: a list for each property, by token. */
  static void lists(JsonGenerator json, List<TokenLogprob> tokens) {
    json.writeObjectPropertyStart("logprobs");
    json.writeArrayPropertyStart("tokens");
    tokens.forEach(token -> json.writeString(token.token()));
    json.writeEndArray();
    json.writeArrayPropertyStart("token_logprobs");
    tokens.forEach(token -> json.writeNumber(number(token)));
    json.writeEndArray();
    json.writeArrayPropertyStart("top_logprobs");
    tokens.forEach(token -> byText(json, token.top()));
    json.writeEndArray();
    json.writeArrayPropertyStart("text_offset");
    int offset = 0;
    for (TokenLogprob token : tokens) {
      json.writeNumber(offset);
      offset += token.token().codePointCount(0, token.token().length());
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /**
   * As vLLM tells of a prompt: in each place an object of tokens by their ids, and null in the
   * first one.
   */
  static void prompt(JsonGenerator json, PromptLogprobs prompt) {
    json.writeArrayPropertyStart("prompt_logprobs");
    for (List<RankedToken> place : prompt.places()) {
      if (place.isEmpty()) {
        json.writeNull();
      } else {
        json.writeStartObject();
        place.forEach(token -> ranked(json, token));
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  private static void ranked(JsonGenerator json, RankedToken token) {
    json.writeObjectPropertyStart(String.valueOf(token.id()));
    json.writeNumberProperty("logprob", token.logprob() + 0f);
    json.writeNumberProperty("rank", token.rank());
    json.writeStringProperty("decoded_token", token.text());
    json.writeEndObject();
  }

  /** Several tokens can have one text: the most probable of them counts. */
  private static void byText(JsonGenerator json, List<TokenLogprob> top) {
    json.writeStartObject();
    Set<String> written = new HashSet<>();
    for (TokenLogprob token : top) {
      if (written.add(token.token())) {
        json.writeNumberProperty(token.token(), number(token));
      }
    }
    json.writeEndObject();
  }

  /** Zero has one sign. */
  private static float number(TokenLogprob token) {
    return token.logprob() + 0f;
  }
}
