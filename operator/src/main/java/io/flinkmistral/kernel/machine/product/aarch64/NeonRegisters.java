package io.flinkmistral.kernel.machine.product.aarch64;

import io.flinkmistral.kernel.assembler.aarch64.VRegister;
import java.util.ArrayDeque;
import java.util.Deque;

/** Vector registers that hold nothing now. */
final class NeonRegisters {
  private static final int COUNT = 32;

  private final Deque<VRegister> free = new ArrayDeque<>();

  NeonRegisters() {
    for (int i = 0; i < COUNT; i++) {
      free.add(VRegister.v(i));
    }
  }

  VRegister take() {
    return free.pop();
  }

  VRegister[] take(int count) {
    VRegister[] taken = new VRegister[count];
    for (int i = 0; i < count; i++) {
      taken[i] = take();
    }
    return taken;
  }

  void give(VRegister... registers) {
    for (VRegister register : registers) {
      free.push(register);
    }
  }
}
