package io.flinkmistral.generation;

import io.flinkmistral.model.SequenceInput;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What one forward pass computes.
 *
 * @param generations who takes part
 * @param inputs what each of them brings, in the same order
 */
public record Pass(List<Generation> generations, List<SequenceInput> inputs) {
  /** In {@link Result}: this generation's prompt is not taken in whole yet. */
  public static final int NO_TOKEN = -1;

  public Pass {
    generations = List.copyOf(generations);
    inputs = List.copyOf(inputs);
  }

  /** Tokens that the pass takes in. */
  public int tokens() {
    return inputs.stream().mapToInt(input -> input.tokens().length).sum();
  }

  /** Which generations draw a token after it, in the order of its logits. */
  int[] drawing() {
    return IntStream.range(0, inputs.size())
        .filter(i -> inputs.get(i).logits() == SequenceInput.Wanted.LAST)
        .toArray();
  }

  /**
   * What a pass gave.
   *
   * @param sampled the next token of each generation, or {@link #NO_TOKEN}
   */
  public record Result(Pass pass, int[] sampled) {}
}
