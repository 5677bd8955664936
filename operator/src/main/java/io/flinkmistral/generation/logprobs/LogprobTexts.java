package io.flinkmistral.generation.logprobs;

import io.flinkmistral.protocol.TokenLogprob;
import io.flinkmistral.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tokens' probabilities as an answer tells them: ids become texts, in the answer's order. */
public final class LogprobTexts {
  private final Tokenizer tokenizer;

  /** Whether no token with a text has come. */
  private boolean atStart;

  /**
   * @param atStart whether the answer is a text of its own, which begins with its first token
   */
  public LogprobTexts(Tokenizer tokenizer, boolean atStart) {
    this.tokenizer = tokenizer;
    this.atStart = atStart;
  }

  public TokenLogprob next(TokenLogprobs token) {
    List<TokenLogprob> top = new ArrayList<>();
    for (int i = 0; i < token.topTokens().length; i++) {
      top.add(one(token.topTokens()[i], token.topLogprobs()[i], List.of()));
    }
    TokenLogprob result = one(token.token(), token.logprob(), top);
    atStart &= result.bytes().isEmpty();
    return result;
  }

  private TokenLogprob one(int token, float logprob, List<TokenLogprob> top) {
    Optional<byte[]> bytes = tokenizer.bytesOf(token, atStart);
    String text =
        bytes
            .map(b -> new String(b, StandardCharsets.UTF_8))
            .orElseGet(() -> tokenizer.vocabulary().pieces().get(token));
    return new TokenLogprob(text, bytes.map(LogprobTexts::unsigned), logprob, top);
  }

  private static List<Integer> unsigned(byte[] bytes) {
    List<Integer> values = new ArrayList<>(bytes.length);
    for (byte value : bytes) {
      values.add(Byte.toUnsignedInt(value));
    }
    return values;
  }
}
