package io.flinkmistral.constraint.tokens;

import io.flinkmistral.constraint.machine.GrammarWalk;
import io.flinkmistral.constraint.machine.MachineState;
import io.flinkmistral.protocol.InvalidRequestException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  /**
   * Depends on the state, and on whether the text begins here, alone. Where it would be too much
   * work to find it out, nothing is forced.
   */
  int[] after(MachineState state, boolean atStart) {
    try {
      return after(GrammarWalk.along(state), atStart);
    } catch (InvalidRequestException tooManyWays) {
      return NONE; // It is told when a token is to be drawn.
    }
  }

  private int[] after(GrammarWalk walk, boolean atStart) {
    ByteArrayOutputStream forced = new ByteArrayOutputStream();
    List<GrammarWalk.Stop> stops = new ArrayList<>(List.of(walk.start()));
    for (int only = walk.start().state().onlyByte();
        only >= 0 && forced.size() < MOST_BYTES;
        only = stops.getLast().state().onlyByte()) {
      forced.write(only);
      stops.add(stops.getLast().after(only));
    }
    byte[] bytes = wholeCharacters(forced.toByteArray());
    if (bytes.length == 0) {
      return NONE;
    }
    int[] tokens = vocabulary.encode(new String(bytes, StandardCharsets.UTF_8), atStart);
    return certain(tokens, bytes, atStart, stops.get(bytes.length));
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

  private int[] certain(int[] tokens, byte[] bytes, boolean atStart, GrammarWalk.Stop end) {
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
