package io.flinkmistral.model.pass;

import io.flinkmistral.model.RotaryEmbedding;
import io.flinkmistral.weights.TransformerConfig;
import java.util.List;

/** The activations of one forward pass, row by row; they grow with the batches that come. */
public final class Scratch {
  private final TransformerConfig config;
  private int capacity;
  private float[] logits = {};

  /** Residual stream, (tokens, dim). */
  public float[] residual;

  /** Normalised input of a block, or its output, (tokens, dim). */
  public float[] normed;

  /** Of tokens whose hidden states are wanted, (rows, dim). */
  public float[] hidden = {};

  /** (tokens, heads * headDim). */
  public float[] query;

  /** (tokens, kvHeads * headDim). */
  public float[] key;

  /** (tokens, kvHeads * headDim). */
  public float[] value;

  /** What attention read, (tokens, heads * headDim). */
  public float[] attended;

  /** (tokens, hiddenDim). */
  public float[] gate;

  /** (tokens, hiddenDim). */
  public float[] up;

  /** By which queries and keys turn, (tokens, headDim); see {@link RotaryEmbedding#angles}. */
  public float[] angles;

  public Scratch(TransformerConfig config) {
    this.config = config;
    reserve(1);
  }

  public void reserve(int tokens) {
    if (tokens <= capacity) {
      return;
    }
    capacity = grown(capacity, tokens);
    residual = new float[capacity * config.dim()];
    normed = new float[capacity * config.dim()];
    query = new float[capacity * config.heads() * config.headDim()];
    key = new float[capacity * config.kvHeads() * config.headDim()];
    value = new float[capacity * config.kvHeads() * config.headDim()];
    attended = new float[capacity * config.heads() * config.headDim()];
    gate = new float[capacity * config.hiddenDim()];
    up = new float[capacity * config.hiddenDim()];
    angles = new float[capacity * config.headDim()];
  }

  /** Moves some tokens' residuals, and what their queries are computed from, to the first rows. */
  public void keep(TokenRows rows) {
    for (int row = 0; row < rows.count(); row++) {
      move(residual, config.dim(), rows.batchRow(row), row);
      move(normed, config.dim(), rows.batchRow(row), row);
      move(angles, config.headDim(), rows.batchRow(row), row);
    }
  }

  /**
   * Takes the hidden states that are wanted out of the normalised rows of all wanted tokens, and
   * moves the rest together.
   *
   * @return how many there were
   */
  public int takeHidden(List<SequenceInput> batch) {
    int dim = config.dim();
    int rows = batch.stream().mapToInt(SequenceInput::hiddenRows).sum();
    if (rows * dim > hidden.length) {
      hidden = new float[grown(hidden.length / dim, rows) * dim];
    }
    int from = 0;
    int taken = 0;
    int kept = 0;
    for (SequenceInput input : batch) {
      int ofHidden = input.hiddenRows();
      System.arraycopy(normed, from * dim, hidden, taken * dim, ofHidden * dim);
      taken += ofHidden;
      from += ofHidden;
      int ofLogits = input.logitRows();
      System.arraycopy(normed, from * dim, normed, kept * dim, ofLogits * dim);
      kept += ofLogits;
      from += ofLogits;
    }
    return rows;
  }

  private static void move(float[] values, int width, int from, int to) {
    System.arraycopy(values, from * width, values, to * width, width);
  }

  /** (rows, vocabularySize). */
  public float[] logits(int rows) {
    int held = logits.length / config.vocabularySize();
    if (rows > held) {
      logits = new float[Math.multiplyExact(grown(held, rows), config.vocabularySize())];
    }
    return logits;
  }

  /** More than is needed now: batches that grow by a token each would make all anew each time. */
  private static int grown(int held, int needed) {
    return Math.max(needed, held + held / 2);
  }
}
