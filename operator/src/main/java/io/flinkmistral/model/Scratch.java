package io.flinkmistral.model;

import io.flinkmistral.weights.TransformerConfig;

/** The activations of one forward pass, row by row; grown to the largest batch seen. */
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
    capacity = tokens;
    residual = new float[tokens * config.dim()];
    normed = new float[tokens * config.dim()];
    query = new float[tokens * config.heads() * config.headDim()];
    key = new float[tokens * config.kvHeads() * config.headDim()];
    value = new float[tokens * config.kvHeads() * config.headDim()];
    attended = new float[tokens * config.heads() * config.headDim()];
    gate = new float[tokens * config.hiddenDim()];
    up = new float[tokens * config.hiddenDim()];
    angles = new float[tokens * config.headDim()];
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
    int size = Math.multiplyExact(rows, config.vocabularySize());
    if (logits.length < size) {
      logits = new float[size];
    }
    return logits;
  }
}
