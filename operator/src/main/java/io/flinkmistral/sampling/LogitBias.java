package io.flinkmistral.sampling;

import java.util.SortedMap;

/** Adds to the logits of some tokens. */
public record LogitBias(SortedMap<Integer, Float> bias) implements LogitStep {
  @Override
  public void apply(float[] logits) {
    bias.forEach((token, added) -> logits[token] += added);
  }
}
