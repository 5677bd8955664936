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
