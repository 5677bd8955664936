package io.flinkmistral.kernel.assembler.aarch64;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** A place in code, which instructions before and behind it name. */
public final class Label {
  private static final int NOWHERE = -1;

  private final List<Runnable> waiting = new ArrayList<>();
  private int at = NOWHERE;

  void bind(WordBuffer code) {
    if (at != NOWHERE) {
      throw new IllegalStateException("a label has one place");
    }
    at = code.size();
    waiting.forEach(Runnable::run);
  }

  /**
   * Writes an instruction that has the distance to this label.
   *
   * @param word makes it of the distance in bytes
   */
  void write(WordBuffer code, IntUnaryOperator word) {
    int from = code.size();
    if (at == NOWHERE) {
      code.leaveOpen();
      waiting.add(() -> code.close(from, word.applyAsInt(at - from)));
    } else {
      code.write(word.applyAsInt(at - from));
    }
  }
}
