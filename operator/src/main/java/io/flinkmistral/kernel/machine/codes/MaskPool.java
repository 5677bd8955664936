package io.flinkmistral.kernel.machine.codes;

import static io.flinkmistral.kernel.assembler.Memory.allLanes;
import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R10;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Label;
import io.flinkmistral.kernel.assembler.Memory;
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorRegister;
import java.util.ArrayList;
import java.util.List;

/** Constants that lie behind the code, where there are no registers for them. */
public final class MaskPool {
  private static final Register POOL = R10;

  /** Of a vector of 256 bits; one of 512 takes the first for all lanes. */
  private static final int LANES = 8;

  private final Assembler code;
  private final boolean is512;
  private final Label start = new Label();
  private final List<Integer> masks = new ArrayList<>();

  public MaskPool(Assembler code, int bits) {
    this.code = code;
    this.is512 = bits == 512;
  }

  /** Writes what is done once, before the first mask is used. */
  public void begin() {
    code.lea(POOL, start);
  }

  /** An operand for a mask that is the same in all lanes. */
  public Memory mask(int value) {
    return is512 ? allLanes(POOL, place(value)) : at(POOL, place(value));
  }

  /** The same for a float. */
  public Memory number(float value) {
    return mask(Float.floatToRawIntBits(value));
  }

  /** Writes what loads a float to all lanes. */
  public void load(VectorRegister to, float value) {
    code.vpbroadcastd(to, at(POOL, place(Float.floatToRawIntBits(value))));
  }

  private int place(int value) {
    if (!masks.contains(value)) {
      masks.add(value);
    }
    return masks.indexOf(value) * LANES * Integer.BYTES;
  }

  /** Writes them, behind all code. */
  public void end() {
    code.bind(start);
    for (int mask : masks) {
      for (int lane = 0; lane < LANES; lane++) {
        code.data(mask);
      }
    }
  }
}
