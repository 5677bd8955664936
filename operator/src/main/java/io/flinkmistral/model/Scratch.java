package io.flinkmistral.model;

import io.flinkmistral.weights.TransformerConfig;

/** The activations of one forward pass, row by row; they grow with the batches that come. */
final class Scratch {
  private final TransformerConfig config;
  private int capacity;
  private float[] logits = {};

  /** Residual stream, (tokens, dim). */
  float[] residual;

  /** Normalised input of a block, or its output, (tokens, dim). */
  float[] normed;

  /** (tokens, heads * headDim). */
  float[] query;

  /** (tokens, kvHeads * headDim). */
  float[] key;

  /** (tokens, kvHeads * headDim). */
  float[] value;

  /** What attention read, (tokens, heads * headDim). */
  float[] attended;

  /** (tokens, hiddenDim). */
  float[] gate;

  /** (tokens, hiddenDim). */
  float[] up;

  /** By which queries and keys turn, (tokens, headDim); see {@link RotaryEmbedding#angles}. */
  float[] angles;

  Scratch(TransformerConfig config) {
    this.config = config;
    reserve(1);
  }

  void reserve(int tokens) {
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
  void keep(TokenRows rows) {
    for (int row = 0; row < rows.count(); row++) {
      move(residual, config.dim(), rows.batchRow(row), row);
      move(normed, config.dim(), rows.batchRow(row), row);
      move(angles, config.headDim(), rows.batchRow(row), row);
    }
  }

  private static void move(float[] values, int width, int from, int to) {
    System.arraycopy(values, from * width, values, to * width, width);
  }

  /** (rows, vocabularySize). */
  float[] logits(int rows) {
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
