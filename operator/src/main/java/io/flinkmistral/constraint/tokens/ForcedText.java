package io.flinkmistral.constraint.tokens;

import io.flinkmistral.constraint.machine.MachineState;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The tokens of a text that must follow, as the tokenizer writes it, without those at its end that
 * another token could stand for which goes on after it: these are the model's to choose. After
 * {@code {"name":} a quote must follow, but perhaps as one token with the first letter.
 */
final class ForcedText {
  private static final int MOST_BYTES = 2_000;
  private static final int[] NONE = {};

  private final AnswerVocabulary vocabulary;

  ForcedText(AnswerVocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /** Depends on the state, and on whether the text begins here, alone. */
  int[] after(MachineState state, boolean atStart) {
    ByteArrayOutputStream forced = new ByteArrayOutputStream();
    MachineState end = state;
    for (int only = end.onlyByte(); only >= 0 && forced.size() < MOST_BYTES; ) {
      forced.write(only);
      end = end.after(only);
      only = end.onlyByte();
    }
    byte[] bytes = wholeCharacters(forced.toByteArray());
    if (bytes.length == 0) {
      return NONE;
    }
    int[] tokens = vocabulary.encode(new String(bytes, StandardCharsets.UTF_8), atStart);
    return certain(
        tokens, bytes, atStart, forced.size() == bytes.length ? end : state.after(bytes));
  }

  /** Without a character that has begun and is not complete; nothing if one had begun before. */
  private static byte[] wholeCharacters(byte[] bytes) {
    if (bytes.length == 0 || isTrailing(bytes[0])) {
      return new byte[0];
    }
    int last = bytes.length - 1;
    while (isTrailing(bytes[last])) {
      last--;
    }
    int lead = bytes[last] & 0xFF;
    int length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return last + length <= bytes.length ? bytes : Arrays.copyOf(bytes, last);
  }

  private static boolean isTrailing(byte value) {
    return (value & 0xC0) == 0x80;
  }

  private int[] certain(int[] tokens, byte[] bytes, boolean atStart, MachineState end) {
    int from = 0;
    int longest = vocabulary.longest();
    for (int i = 0; i < tokens.length; i++) {
      if (bytes.length - from < longest && vocabulary.goesOn(bytes, from, atStart && i == 0, end)) {
        return Arrays.copyOf(tokens, i);
      }
      Optional<byte[]> added = vocabulary.bytes(tokens[i], atStart && i == 0);
      if (added.isEmpty() || !isAt(bytes, from, added.get())) {
        return Arrays.copyOf(tokens, i); // The vocabulary has no other way to write it.
      }
      from += added.get().length;
    }
    return tokens;
  }

  private static boolean isAt(byte[] bytes, int from, byte[] part) {
    int to = from + part.length;
    return to <= bytes.length && Arrays.equals(bytes, from, to, part, 0, part.length);
  }
}
