package io.flinkmistral.kernel.assembler;

import java.util.ArrayList;
import java.util.List;

/** A place in the code, which jumps may name before it is known. */
public final class Label {
  private static final int UNKNOWN = -1;

  private int position = UNKNOWN;

  /** Where distances to it are to be written once it is known. */
  private final List<Integer> uses = new ArrayList<>();

  /** Writes the distance from behind these four bytes to this place, now or when it is known. */
  void writeDistance(CodeBuffer code) {
    if (position == UNKNOWN) {
      uses.add(code.leaveOpen());
    } else {
      code.writeInt(position - (code.size() + Integer.BYTES));
    }
  }

  void bind(CodeBuffer code) {
    if (position != UNKNOWN) {
      throw new IllegalStateException("a label is at one place only, and has one already");
    }
    position = code.size();
    uses.forEach(use -> code.close(use, position - (use + Integer.BYTES)));
  }
}
