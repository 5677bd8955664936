package io.flinkmistral.kernel.machine.product;

import static io.flinkmistral.kernel.assembler.Memory.allLanes;
import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.RCX;
import static io.flinkmistral.kernel.assembler.Register.RDI;
import static io.flinkmistral.kernel.assembler.Register.RDX;
import static io.flinkmistral.kernel.assembler.Register.RSI;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Label;
import io.flinkmistral.kernel.assembler.Memory;
import io.flinkmistral.kernel.assembler.Register;
import io.flinkmistral.kernel.assembler.VectorOperand;
import io.flinkmistral.kernel.assembler.VectorRegister;
import io.flinkmistral.kernel.machine.InstructionSet;

/**
 * Writes the kernel that multiplies a panel with some tokens' inputs: a function {@code (weights,
 * inputs, out, blocks)} that adds to {@code out}, (tokens, 64) floats, block by block
 *
 * <pre>
 *   out[t][r] = fma(sum of 32 weights' codes * inputs' codes, weights' scale * inputs' scale, out[t][r])
 * </pre>
 *
 * <p>Rows are lanes. A step takes four columns of some vectors of rows: their codes become bytes
 * without a sign, which are multiplied with each token's four codes, in all lanes, and added to its
 * sums. As the codes count from -8 on, sums start with as much less.
 *
 * <p>With AVX2, products of bytes are added up as shorts: 16 of 15 * 127 at most, 30480, in each.
 */
final class ProductWriter {
  private static final Register WEIGHTS = RDI;
  private static final Register INPUTS = RSI;
  private static final Register OUT = RDX;
  private static final Register BLOCKS = RCX;

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

  /** Vectors of rows in a panel. */
  private final int vectors;

  /** How many of them a step takes, so that each input in a register serves them all. */
  private final int together;

  private final VectorRegister nibbles;

  /** Shorts of 1, to add up pairs of shorts; not with {@link InstructionSet#addsToInts}. */
  private final VectorRegister ones;

  /** Outputs, (token, vector of rows), where there are registers for all: else in memory. */
  private final VectorRegister[][] outputs;

  ProductWriter(PanelFormat format, InstructionSet set, int tokens) {
    this.format = format;
    this.set = set;
    this.tokens = tokens;
    this.inputs = new InputLayout(tokens);
    this.free = new FreeRegisters(set.registers(), set.bits());
    this.vectors = PanelFormat.ROWS / lanes();
    this.together = tokens <= mostTokens(set) / 2 ? 2 : 1;
    this.nibbles = free.take();
    this.ones = set.addsToInts() ? nibbles : free.take();
    // Sums, two fours of codes, an input, and perhaps a product.
    int ofStep = (tokens + 2) * together + (set.addsToInts() ? 1 : 2);
    boolean fit = tokens * vectors + ofStep <= free.count();
    this.outputs = fit ? new VectorRegister[tokens][vectors] : new VectorRegister[0][];
  }

  /** Most tokens of a kernel: as many sums as there are registers for, a power of two. */
  static int mostTokens(InstructionSet set) {
    return set.registers() / 2;
  }

  /** Rows in a vector. */
  private int lanes() {
    return set.bits() / Integer.SIZE;
  }

  Assembler write() {
    Constants.ints(code, nibbles, 0x0f0f0f0f);
    if (!set.addsToInts()) {
      Constants.ints(code, ones, 0x00010001);
    }
    loadOutputs();
    Label nextBlock = code.here();
    for (int first = 0; first < vectors; first += together) {
      rows(first);
    }
    code.add(WEIGHTS, format.blockBytes());
    code.add(INPUTS, inputs.blockBytes());
    code.sub(BLOCKS, 1);
    code.jne(nextBlock);
    storeOutputs();
    code.vzeroupper();
    code.ret();
    return code;
  }

  private void loadOutputs() {
    for (int t = 0; t < outputs.length; t++) {
      outputs[t] = free.take(vectors);
      for (int v = 0; v < vectors; v++) {
        code.vmovups(outputs[t][v], out(t, v));
      }
    }
  }

  private void storeOutputs() {
    for (int t = 0; t < outputs.length; t++) {
      for (int v = 0; v < vectors; v++) {
        code.vmovups(out(t, v), outputs[t][v]);
      }
    }
  }

  private Memory out(int token, int vector) {
    return at(OUT, (token * PanelFormat.ROWS + vector * lanes()) * Float.BYTES);
  }

  /** A block's columns of some vectors of rows. */
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
    for (int w = 0; w < PanelFormat.WORDS; w++) {
      VectorRegister[] low = free.take(together);
      VectorRegister[] high = free.take(together);
      for (int v = 0; v < together; v++) {
        code.vmovups(high[v], at(WEIGHTS, format.word((first + v) * lanes(), w)));
        code.vpandd(low[v], nibbles, high[v]);
        code.vpsrld(high[v], high[v], 4);
        code.vpandd(high[v], nibbles, high[v]);
      }
      multiply(sums, low, 2 * w);
      free.give(low);
      multiply(sums, high, 2 * w + 1);
      free.give(high);
    }
    addBlock(sums, first);
  }

  /** Of what lies as far ahead, the share of these rows. */
  private void prefetch(int first) {
    int from = format.blockBytes() * first / vectors / LINE;
    int end = format.blockBytes() * (first + together) / vectors / LINE;
    for (int line = from; line < end; line++) {
      code.prefetcht0(at(WEIGHTS, AHEAD + line * LINE));
    }
  }

  private void startSum(VectorRegister sum, int token) {
    if (set.addsToInts()) {
      code.vpbroadcastd(sum, at(INPUTS, inputs.start(token)));
    } else {
      code.vpxord(sum, sum, sum);
    }
  }

  /** Adds the products of four columns' codes. */
  private void multiply(VectorRegister[][] sums, VectorRegister[] codes, int quad) {
    VectorRegister input = free.take();
    VectorRegister product = set.addsToInts() ? input : free.take();
    for (int t = 0; t < tokens; t++) {
      VectorOperand x = input(t, quad, input);
      for (int v = 0; v < together; v++) {
        if (set.addsToInts()) {
          code.vpdpbusd(sums[t][v], codes[v], x);
        } else {
          code.vpmaddubsw(product, codes[v], x);
          code.vpaddw(sums[t][v], sums[t][v], product);
        }
      }
    }
    free.give(input);
    if (product != input) {
      free.give(product);
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

  /** Scales a block's sums and adds them to the outputs. */
  private void addBlock(VectorRegister[][] sums, int first) {
    VectorRegister[] scales = free.take(together);
    for (int v = 0; v < together; v++) {
      code.vcvtph2ps(scales[v], at(WEIGHTS, format.scale((first + v) * lanes())));
    }
    VectorRegister factor = free.take();
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < together; v++) {
        VectorRegister sum = sums[t][v];
        endSum(sum, t, factor);
        code.vcvtdq2ps(sum, sum);
        code.vpbroadcastd(factor, at(INPUTS, inputs.scale(t)));
        code.vmulps(factor, factor, scales[v]);
        addToOutput(t, first + v, sum, factor);
        free.give(sum);
      }
    }
    free.give(factor);
    free.give(scales);
  }

  /** Makes ints of shorts. */
  private void endSum(VectorRegister sum, int token, VectorRegister scratch) {
    if (!set.addsToInts()) {
      code.vpmaddwd(sum, ones, sum);
      code.vpbroadcastd(scratch, at(INPUTS, inputs.start(token)));
      code.vpaddd(sum, sum, scratch);
    }
  }

  private void addToOutput(int token, int vector, VectorRegister sum, VectorRegister factor) {
    if (outputs.length > 0) {
      code.vfmadd231ps(outputs[token][vector], sum, factor);
    } else {
      code.vfmadd213ps(sum, factor, out(token, vector));
      code.vmovups(out(token, vector), sum);
    }
  }
}
