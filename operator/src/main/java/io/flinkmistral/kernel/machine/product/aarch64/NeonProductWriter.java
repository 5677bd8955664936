package io.flinkmistral.kernel.machine.product.aarch64;

import static io.flinkmistral.kernel.assembler.aarch64.VRegister.v;
import static io.flinkmistral.kernel.assembler.aarch64.XRegister.SP;
import static io.flinkmistral.kernel.assembler.aarch64.XRegister.x;

import io.flinkmistral.kernel.assembler.Code;
import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import io.flinkmistral.kernel.assembler.aarch64.Label;
import io.flinkmistral.kernel.assembler.aarch64.VRegister;
import io.flinkmistral.kernel.assembler.aarch64.XRegister;
import io.flinkmistral.kernel.machine.codes.InputLayout;
import io.flinkmistral.kernel.machine.codes.PanelFormat;

/**
 * Writes the kernel that multiplies a panel with some tokens' inputs: a function {@code (weights,
 * inputs, out, blocks)} with the formula of the x86-64 writer in the room above.
 */
public final class NeonProductWriter {
  /** Sums for 8 tokens and 2 vectors of rows take half of the registers. */
  public static final int MOST_TOKENS = 8;

  private static final XRegister INPUTS = x(1);
  private static final XRegister OUT = x(2);
  private static final XRegister BLOCKS = x(3);
  private static final XRegister GROUPS = x(5);

  private static final int FIRST_SAVED = 8;
  private static final int SAVED = 8;

  /** Columns whose inputs are in a register, counted in fours. */
  private static final int QUADS = 4;

  private static final int LINE = 64;

  /** As on x86-64; not measured here. */
  private static final int AHEAD = 4096;

  private static final int FEW_TOKENS = 4;

  private final Aarch64Assembler code = new Aarch64Assembler();
  private final PanelFormat format;
  private final int tokens;
  private final InputLayout inputs;
  private final NeonRegisters free = new NeonRegisters();
  private final NeonPanel panel;
  private final NeonCodes codes;
  private final NeonScales scales;

  /** How many vectors of rows a step takes, so that each input in a register serves them all. */
  private final int together;

  /** Outputs of one token, a vector of rows each: those of more are in memory. */
  private final VRegister[] outputs;

  public NeonProductWriter(PanelFormat format, int tokens) {
    this.format = format;
    this.tokens = tokens;
    inputs = new InputLayout(format, tokens);
    panel = new NeonPanel(code, format);
    codes = new NeonCodes(code, panel, free);
    scales = new NeonScales(code, panel);
    together = tokens <= MOST_TOKENS / 2 ? 4 : 2;
    outputs = free.take(tokens == 1 ? NeonPanel.VECTORS : 0);
  }

  public Code write() {
    code.sub(SP, SP, SAVED * Long.BYTES);
    for (int i = 0; i < SAVED; i++) {
      code.str(v(FIRST_SAVED + i).d(), SP, i * Long.BYTES);
    }
    codes.begin();
    for (int vector = 0; vector < outputs.length; vector++) {
      code.ldr(outputs[vector].q(), OUT, out(0, vector));
    }
    Label nextBlock = code.here();
    if (format.hasHead()) {
      code.add(NeonPanel.BLOCK, NeonPanel.GROUP, 0);
      code.add(NeonPanel.GROUP, NeonPanel.GROUP, format.headBytes());
      code.movz(GROUPS, format.groups(), 0);
      Label nextGroup = code.here();
      group();
      code.subs(GROUPS, GROUPS, 1);
      code.bne(nextGroup);
    } else {
      group();
    }
    code.subs(BLOCKS, BLOCKS, 1);
    code.bne(nextBlock);
    for (int vector = 0; vector < outputs.length; vector++) {
      code.str(outputs[vector].q(), OUT, out(0, vector));
    }
    for (int i = 0; i < SAVED; i++) {
      code.ldr(v(FIRST_SAVED + i).d(), SP, i * Long.BYTES);
    }
    code.add(SP, SP, SAVED * Long.BYTES);
    code.ret();
    return code;
  }

  private static int out(int token, int vector) {
    return (token * PanelFormat.ROWS + vector * NeonPanel.LANES) * Float.BYTES;
  }

  /** A group of columns, of all rows. */
  private void group() {
    for (int first = 0; first < NeonPanel.VECTORS; first += together) {
      rows(first);
    }
    code.add(NeonPanel.GROUP, NeonPanel.GROUP, format.groupBytes());
    code.add(INPUTS, INPUTS, inputs.groupBytes());
  }

  private void rows(int first) {
    if (tokens <= FEW_TOKENS) {
      prefetch(first);
    }
    VRegister[][] sums = new VRegister[tokens][];
    for (int t = 0; t < tokens; t++) {
      sums[t] = free.take(together);
      start(sums[t], t);
    }
    codes.write(first, together, (quad, four) -> multiply(sums, four, quad));
    addGroup(sums, first);
  }

  /** Of what lies as far ahead, the share of these rows. */
  private void prefetch(int first) {
    int from = format.groupBytes() * first / NeonPanel.VECTORS / LINE;
    int end = format.groupBytes() * (first + together) / NeonPanel.VECTORS / LINE;
    for (int line = from; line < end; line++) {
      code.prfm(NeonPanel.GROUP, AHEAD + line * LINE);
    }
  }

  /** What is taken from codes; bytes have their signs. */
  private void start(VRegister[] sums, int token) {
    if (format.codes() == PanelFormat.Codes.BYTES) {
      for (VRegister sum : sums) {
        code.movi(sum.b16(), 0);
      }
    } else {
      code.ldr(sums[0].s(), INPUTS, inputs.start(token));
      for (int i = sums.length - 1; i >= 0; i--) {
        code.dup(sums[i].s4(), sums[0].lane(0));
      }
    }
  }

  /** Adds the products of some columns' codes, four columns at a time. */
  private void multiply(VRegister[][] sums, VRegister[][] codesOfQuads, int firstQuad) {
    VRegister input = free.take();
    int inRegister = firstQuad % QUADS;
    for (int t = 0; t < tokens; t++) {
      code.ldr(input.q(), INPUTS, inputs.codes(t, firstQuad - inRegister));
      for (int i = 0; i < codesOfQuads.length; i++) {
        for (int vector = 0; vector < together; vector++) {
          code.sdot(
              sums[t][vector].s4(), codesOfQuads[i][vector].b16(), input.quad(inRegister + i));
        }
      }
    }
    free.give(input);
  }

  /** Scales a group's sums and adds them to the outputs. */
  private void addGroup(VRegister[][] sums, int first) {
    VRegister[] ofRows = free.take(together);
    VRegister[] offsets = free.take(format.hasMins() ? together : 0);
    VRegister[] scratch = free.take(2);
    for (int vector = 0; vector < together; vector++) {
      scales.scale(ofRows[vector], first + vector, scratch[0]);
      if (format.hasMins()) {
        scales.offset(offsets[vector], ofRows[vector], first + vector, scratch);
      }
    }
    free.give(scratch);
    VRegister scale = free.take();
    VRegister[] total = free.take(format.hasMins() ? 1 : 0);
    for (int t = 0; t < tokens; t++) {
      code.ldr(scale.s(), INPUTS, inputs.scale(t));
      for (VRegister register : total) {
        code.ldr(register.s(), INPUTS, inputs.total(t));
      }
      for (int vector = 0; vector < together; vector++) {
        VRegister sum = sums[t][vector];
        code.scvtf(sum.s4(), sum.s4());
        // Of the last token, scales of rows may be overwritten: there may be no register more.
        VRegister factor = t == tokens - 1 ? ofRows[vector] : free.take();
        code.fmul(factor.s4(), ofRows[vector].s4(), scale.lane(0));
        VRegister output = output(t, first + vector);
        code.fmla(output.s4(), sum.s4(), factor.s4());
        for (VRegister register : total) {
          code.fmla(output.s4(), offsets[vector].s4(), register.lane(0));
        }
        if (outputs.length == 0) {
          code.str(output.q(), OUT, out(t, first + vector));
          free.give(output);
        }
        if (factor != ofRows[vector]) {
          free.give(factor);
        }
      }
      free.give(sums[t]);
    }
    free.give(total);
    free.give(scale);
    free.give(offsets);
    free.give(ofRows);
  }

  /** In its register, or else read to one. */
  private VRegister output(int token, int vector) {
    if (outputs.length > 0) {
      return outputs[vector];
    }
    VRegister output = free.take();
    code.ldr(output.q(), OUT, out(token, vector));
    return output;
  }
}
