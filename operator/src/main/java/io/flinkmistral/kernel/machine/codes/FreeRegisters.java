package io.flinkmistral.kernel.machine.codes;

import io.flinkmistral.kernel.assembler.VectorRegister;
import java.util.ArrayDeque;
import java.util.Deque;

/** Vector registers that hold nothing now. */
public final class FreeRegisters {
  private final Deque<VectorRegister> free = new ArrayDeque<>();

  public FreeRegisters(int count, int bits) {
    for (int i = 0; i < count; i++) {
      free.add(new VectorRegister(i, bits));
    }
  }

  public int count() {
    return free.size();
  }

  public VectorRegister take() {
    return free.pop();
  }

  public VectorRegister[] take(int count) {
    VectorRegister[] taken = new VectorRegister[count];
    for (int i = 0; i < count; i++) {
      taken[i] = take();
    }
    return taken;
  }

  public void give(VectorRegister... registers) {
    for (VectorRegister register : registers) {
      free.push(register);
    }
  }
}
