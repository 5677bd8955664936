package io.flinkmistral.tokenizer;

/**
 * Decodes the tokens of one answer as they come. What {@link #accept} returns, one after the other,
 * and at last {@link #finish}, is the text that {@link Tokenizer#decode} gives for all the ids;
 * text that was returned is never taken back.
 *
 * <p>Has state, so it belongs to one answer and one thread.
 */
public interface TokenStreamDecoder {
  /**
   * Takes the next token.
   *
   * @return the text that it completes; empty for a control token and while a character's bytes are
   *     not all there
   * @throws IllegalArgumentException where the id is not in the vocabulary
   */
  String accept(int id);

  /** The text that was held back: U+FFFD for what is no whole character. */
  String finish();
}
