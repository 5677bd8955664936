package io.flinkmistral.tokenizer;

/** Takes what a digest is made of, in order. */
public interface FingerprintInput {
  void text(String text);

  void number(int number);

  void flag(boolean flag);
}
