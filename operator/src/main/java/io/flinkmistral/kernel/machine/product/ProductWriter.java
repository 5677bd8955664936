package io.flinkmistral.kernel.machine.product;

import static io.flinkmistral.kernel.assembler.Memory.allLanes;
import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R9;
import static io.flinkmistral.kernel.assembler.Register.RCX;
import static io.flinkmistral.kernel.assembler.Register.RDX;
import static io.flinkmistral.kernel.assembler.Register.RSI;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Label;
import io.flinkmistral.kernel.assembler.Memory;
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorOperand;
import io.flinkmistral.kernel.assembler.VectorRegister;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.codes.CodesWriter;
import io.flinkmistral.kernel.machine.codes.Constants;
import io.flinkmistral.kernel.machine.codes.FreeRegisters;
import io.flinkmistral.kernel.machine.codes.InputLayout;
import io.flinkmistral.kernel.machine.codes.MaskPool;
import io.flinkmistral.kernel.machine.codes.Panel;
import io.flinkmistral.kernel.machine.codes.PanelFormat;

/**
 * Writes the kernel that multiplies a panel with some tokens' inputs: a function {@code (weights,
 * inputs, out, blocks)} that adds to {@code out}, (tokens, 64) floats, for each group of columns
 *
 * <pre>
 *   out[t][r] = fma(sum of weights' codes * inputs' codes, weights' scale * inputs' scale, out[t][r])
 *   out[t][r] = fma(weights' offset, inputs' scale * sum of codes, out[t][r])    where there are mins
 * </pre>
 *
 * <p>Rows are lanes. A step takes four columns of some vectors of rows: their codes become bytes
 * without a sign, which are multiplied with each token's four codes, in all lanes, and added to its
 * sums. As codes are to count from {@code -center} on, sums start with as much less.
 *
 * <p>With AVX2, products of bytes are added up as shorts, and these as ints: at the end if they fit
 * until then, as those of nibbles do (16 of 15 * 127 are 30480), or else at once. Two products of
 * bytes fit shorts only where the weights' are at most 128: so these lose their signs, which the
 * inputs take over.
 */
final class ProductWriter {
  private static final Register INPUTS = RSI;
  private static final Register OUT = RDX;
  private static final Register BLOCKS = RCX;
  private static final Register GROUPS = R9;

  private static final int LINE = 64;

  /**
   * So far ahead weights are prefetched where each is used for few tokens: memory is what such a
   * product waits for.
   */
  private static final int AHEAD = 4096;

  private static final int FEW_TOKENS = 4;

  private final Assembler code = new Assembler();
  private final PanelFormat format;
  private final InstructionSet set;
  private final int tokens;
  private final InputLayout inputs;
  private final FreeRegisters free;
  private final Panel panel;
  private final MaskPool masks;
  private final CodesWriter codes;
  private final ScalesWriter scales;

  /** How many vectors of rows a step takes, so that each input in a register serves them all. */
  private final int together;

  /** Shorts of 1, to add up pairs of shorts; of AVX2 only. */
  private final VectorRegister ones;

  /** Outputs, (token, vector of rows), where there are registers for all: else in memory. */
  private final VectorRegister[][] outputs;

  ProductWriter(PanelFormat format, InstructionSet set, int tokens) {
    this.format = format;
    this.set = set;
    this.tokens = tokens;
    inputs = new InputLayout(format, tokens);
    free = new FreeRegisters(set.registers(), set.bits());
    panel = new Panel(format, set.bits() / Integer.SIZE);
    masks = new MaskPool(code, set.bits());
    codes = CodesWriter.of(code, panel, free, masks, movesSigns());
    scales = new ScalesWriter(code, panel);
    ones = set.addsToInts() ? null : free.take();
    together = ofStep(2) <= free.count() && tokens <= mostTokens(set) / 2 ? 2 : 1;
    boolean fit = tokens * panel.vectors() + ofStep(together) <= free.count();
    outputs = fit ? new VectorRegister[tokens][] : new VectorRegister[0][];
  }

  /** Most tokens of a kernel: as many sums as there are registers for, a power of two. */
  static int mostTokens(InstructionSet set) {
    return set.registers() / 2;
  }

  /** Registers that a group of columns takes, for so many vectors of rows. */
  private int ofStep(int vectors) {
    int sums = tokens * vectors;
    int ofCodes = codes.registers(vectors) + (set.addsToInts() ? 1 : 2);
    int ofScales = format.hasMins() ? 2 * vectors + 2 : vectors + 1;
    return sums + Math.max(ofCodes, ofScales);
  }

  Assembler write() {
    codes.begin();
    if (!set.addsToInts()) {
      Constants.ints(code, ones, 0x00010001);
    }
    loadOutputs();
    Label nextBlock = code.here();
    if (format.hasHead()) {
      code.mov(Panel.BLOCK, Panel.GROUP);
      code.add(Panel.GROUP, format.headBytes());
      code.mov(GROUPS, format.groups());
      Label nextGroup = code.here();
      group();
      code.sub(GROUPS, 1);
      code.jne(nextGroup);
    } else {
      group();
    }
    code.sub(BLOCKS, 1);
    code.jne(nextBlock);
    storeOutputs();
    code.vzeroupper();
    code.ret();
    masks.end();
    return code;
  }

  private void loadOutputs() {
    for (int t = 0; t < outputs.length; t++) {
      outputs[t] = free.take(panel.vectors());
      for (int v = 0; v < panel.vectors(); v++) {
        code.vmovups(outputs[t][v], out(t, v));
      }
    }
  }

  private void storeOutputs() {
    for (int t = 0; t < outputs.length; t++) {
      for (int v = 0; v < panel.vectors(); v++) {
        code.vmovups(out(t, v), outputs[t][v]);
      }
    }
  }

  private Memory out(int token, int vector) {
    return at(OUT, (token * PanelFormat.ROWS + vector * panel.lanes()) * Float.BYTES);
  }

  /** A group of columns, of all rows. */
  private void group() {
    for (int first = 0; first < panel.vectors(); first += together) {
      rows(first);
    }
    code.add(Panel.GROUP, format.groupBytes());
    code.add(INPUTS, inputs.groupBytes());
  }

  private void rows(int first) {
    if (tokens <= FEW_TOKENS) {
      prefetch(first);
    }
    VectorRegister[][] sums = new VectorRegister[tokens][];
    for (int t = 0; t < tokens; t++) {
      sums[t] = free.take(together);
      for (VectorRegister sum : sums[t]) {
        startSum(sum, t);
      }
    }
    codes.write(first, together, (quad, four) -> multiply(sums, four, quad));
    addGroup(sums, first);
  }

  /** Of what lies as far ahead, the share of these rows. */
  private void prefetch(int first) {
    int from = format.groupBytes() * first / panel.vectors() / LINE;
    int end = format.groupBytes() * (first + together) / panel.vectors() / LINE;
    for (int line = from; line < end; line++) {
      code.prefetcht0(at(Panel.GROUP, AHEAD + line * LINE));
    }
  }

  /** Whether sums are of shorts until a group's end. */
  private boolean sumsAreShorts() {
    return !set.addsToInts() && format.codes().sumsFitShorts();
  }

  /** Whether the signs of weights are moved to inputs: then nothing is taken from codes. */
  private boolean movesSigns() {
    return !set.addsToInts() && format.codes() == PanelFormat.Codes.BYTES;
  }

  private void startSum(VectorRegister sum, int token) {
    if (sumsAreShorts() || movesSigns()) {
      code.vpxord(sum, sum, sum);
    } else {
      code.vpbroadcastd(sum, at(INPUTS, inputs.start(token)));
    }
  }

  /** Adds the products of four columns' codes. */
  private void multiply(VectorRegister[][] sums, VectorRegister[] four, int quad) {
    VectorRegister register = free.take();
    VectorRegister[] magnitudes = free.take(movesSigns() ? together : 0);
    for (int v = 0; v < magnitudes.length; v++) {
      code.vpabsb(magnitudes[v], four[v]);
    }
    for (int t = 0; t < tokens; t++) {
      VectorOperand input = input(t, quad, register);
      for (int v = 0; v < together; v++) {
        if (set.addsToInts()) {
          code.vpdpbusd(sums[t][v], four[v], input);
        } else if (movesSigns()) {
          VectorRegister product = free.take();
          code.vpsignb(product, register, four[v]);
          addProducts(sums[t][v], magnitudes[v], product, product);
          free.give(product);
        } else {
          VectorRegister product = free.take();
          addProducts(sums[t][v], four[v], register, product);
          free.give(product);
        }
      }
    }
    free.give(magnitudes);
    free.give(register);
  }

  private void addProducts(
      VectorRegister sum, VectorRegister four, VectorRegister input, VectorRegister product) {
    code.vpmaddubsw(product, four, input);
    if (sumsAreShorts()) {
      code.vpaddw(sum, sum, product);
    } else {
      code.vpmaddwd(product, ones, product);
      code.vpaddd(sum, sum, product);
    }
  }

  /** Four codes of a token in all lanes: from memory where an instruction takes that once. */
  private VectorOperand input(int token, int quad, VectorRegister register) {
    int place = inputs.codes(token, quad);
    if (together == 1 && set.bits() == 512) {
      return allLanes(INPUTS, place);
    }
    code.vpbroadcastd(register, at(INPUTS, place));
    return register;
  }

  /** Scales a group's sums and adds them to the outputs. */
  private void addGroup(VectorRegister[][] sums, int first) {
    VectorRegister[] ofRows = free.take(together);
    VectorRegister[] offsets = free.take(format.hasMins() ? together : 0);
    VectorRegister[] scratch = free.take(format.hasMins() ? 2 : 1);
    for (int v = 0; v < together; v++) {
      scales.scale(ofRows[v], first + v, scratch[0]);
      if (format.hasMins()) {
        scales.offset(offsets[v], ofRows[v], first + v, scratch);
      }
    }
    VectorRegister factor = scratch[0];
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < together; v++) {
        VectorRegister sum = sums[t][v];
        endSum(sum, t, factor);
        code.vcvtdq2ps(sum, sum);
        code.vpbroadcastd(factor, at(INPUTS, inputs.scale(t)));
        code.vmulps(factor, factor, ofRows[v]);
        if (outputs.length > 0) {
          code.vfmadd231ps(outputs[t][first + v], sum, factor);
          addOffset(outputs[t][first + v], offsets, v, t, factor);
        } else {
          code.vfmadd213ps(sum, factor, out(t, first + v));
          addOffset(sum, offsets, v, t, factor);
          code.vmovups(out(t, first + v), sum);
        }
        free.give(sum);
      }
    }
    free.give(scratch);
    free.give(offsets);
    free.give(ofRows);
  }

  /** Makes ints of shorts. */
  private void endSum(VectorRegister sum, int token, VectorRegister scratch) {
    if (sumsAreShorts()) {
      code.vpmaddwd(sum, ones, sum);
      code.vpbroadcastd(scratch, at(INPUTS, inputs.start(token)));
      code.vpaddd(sum, sum, scratch);
    }
  }

  private void addOffset(
      VectorRegister output, VectorRegister[] offsets, int v, int token, VectorRegister scratch) {
    if (format.hasMins()) {
      code.vpbroadcastd(scratch, at(INPUTS, inputs.total(token)));
      code.vfmadd231ps(output, offsets[v], scratch);
    }
  }
}
