package io.flinkmistral.generation.logprobs;

import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.protocol.PromptLogprobs;
import io.flinkmistral.protocol.RankedToken;
import io.flinkmistral.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** How likely the tokens of a prompt were, as they are taken in: ids and numbers. */
public final class PromptRanks {
  private record Place(TokenLogprobs logprobs, int rank) {}

  private final int top;
  private final Tokenizer tokenizer;
  private final List<Place> places = new ArrayList<>();

  /**
   * @param top how many of the most probable tokens are told in each place
   */
  public PromptRanks(int top, Tokenizer tokenizer) {
    this.top = top;
    this.tokenizer = tokenizer;
  }

  /** The next token is this one, after a row of logits. */
  public void add(Logits logits, int row, int token) {
    places.add(new Place(TokenLogprobs.of(logits, row, token, top), rank(logits, row, token)));
  }

  /** In the order of the most probable ones: equal ones by id. */
  private static int rank(Logits logits, int row, int token) {
    float[] values = logits.values();
    int from = logits.offset(row);
    float own = values[from + token];
    int rank = 1;
    for (int id = 0; id < logits.vocabularySize(); id++) {
      float other = values[from + id];
      if (other > own || other == own && id < token) {
        rank++;
      }
    }
    return rank;
  }

  public PromptLogprobs told() {
    List<List<RankedToken>> told = new ArrayList<>();
    told.add(List.of());
    places.forEach(place -> told.add(told(place)));
    return new PromptLogprobs(told);
  }

  private List<RankedToken> told(Place place) {
    TokenLogprobs logprobs = place.logprobs();
    List<RankedToken> tokens = new ArrayList<>();
    tokens.add(one(logprobs.token(), logprobs.logprob(), place.rank()));
    for (int i = 0; i < logprobs.topTokens().length; i++) {
      if (logprobs.topTokens()[i] != logprobs.token()) {
        tokens.add(one(logprobs.topTokens()[i], logprobs.topLogprobs()[i], i + 1));
      }
    }
    return tokens;
  }

  private RankedToken one(int token, float logprob, int rank) {
    String text =
        tokenizer
            .bytesOf(token, false)
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .orElseGet(() -> tokenizer.vocabulary().pieces().get(token));
    return new RankedToken(token, text, logprob, rank);
  }
}
