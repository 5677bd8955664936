package io.flinkmistral.kernel.machine.product;

import io.flinkmistral.kernel.assembler.VectorRegister;
import java.util.ArrayDeque;
import java.util.Deque;

/** Vector registers that hold nothing now. */
final class FreeRegisters {
  private final Deque<VectorRegister> free = new ArrayDeque<>();

  FreeRegisters(int count, int bits) {
    for (int i = 0; i < count; i++) {
      free.add(new VectorRegister(i, bits));
    }
  }

  int count() {
    return free.size();
  }

  VectorRegister take() {
    return free.pop();
  }

  VectorRegister[] take(int count) {
    VectorRegister[] taken = new VectorRegister[count];
    for (int i = 0; i < count; i++) {
      taken[i] = take();
    }
    return taken;
  }

  void give(VectorRegister... registers) {
    for (VectorRegister register : registers) {
      free.push(register);
    }
  }
}
