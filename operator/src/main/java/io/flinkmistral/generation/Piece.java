package io.flinkmistral.generation;

/**
 * Text of an answer that has become certain with a token.
 *
 * @param index completion tokens up to and including this piece
 * @param text whole characters; may be empty on the last piece
 */
public record Piece(int index, String text) {}
