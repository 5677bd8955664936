package io.flinkmistral.model.pass;

/**
 * What a forward pass gives.
 *
 * @param logits of the tokens for which they were wanted
 * @param hidden states that were wanted
 */
public record PassOutput(Logits logits, HiddenStates hidden) {
  /** Of a pass without tokens. */
  public static final PassOutput NOTHING =
      new PassOutput(new Logits(new float[0], 0, 0), new HiddenStates(new float[0], 0, 0));
}
