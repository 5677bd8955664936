package io.flinkmistral.kernel.assembler;

import static io.flinkmistral.kernel.assembler.Opcode.Prefix.NONE;
import static io.flinkmistral.kernel.assembler.Opcode.Prefix.P66;
import static io.flinkmistral.kernel.assembler.Opcode.Prefix.PF3;
import static io.flinkmistral.kernel.assembler.Opcode.m0F;
import static io.flinkmistral.kernel.assembler.Opcode.m0F38;
import static io.flinkmistral.kernel.assembler.Opcode.m0F3A;

import io.flinkmistral.kernel.assembler.Opcode.MemorySize;

/**
 * Machine code as it is written: a method for each instruction, called as Intel's manual calls it,
 * with operands in its order, the target first.
 */
public final class Assembler implements Code {
  private final CodeBuffer code = new CodeBuffer();
  private final LegacyEncoder legacy = new LegacyEncoder(code);
  private final VexEncoder vex = new VexEncoder(code);
  private final EvexEncoder evex = new EvexEncoder(code);

  @Override
  public String architecture() {
    return "amd64";
  }

  @Override
  public byte[] toBytes() {
    return code.toBytes();
  }

  // --- Integers of 64 bits, and what programs are made of

  public void mov(Register to, Register from) {
    legacy.wide(0x89, from.number(), to);
  }

  public void mov(Register to, long value) {
    legacy.wideInOpcode(0xb8, to);
    code.writeLong(value);
  }

  public void mov(Memory to, Register from) {
    legacy.wide(0x89, from.number(), to);
  }

  public void mov(Register to, Memory from) {
    legacy.wide(0x8b, to.number(), from);
  }

  /** The label's address. */
  public void lea(Register to, Label at) {
    legacy.wide(0x8d, to, at);
  }

  public void add(Register to, Register from) {
    legacy.wide(0x01, from.number(), to);
  }

  public void add(Register to, int value) {
    immediate(0, to, value);
  }

  public void sub(Register to, int value) {
    immediate(5, to, value);
  }

  public void cmp(Register left, int right) {
    immediate(7, left, right);
  }

  private void immediate(int operation, Register to, int value) {
    boolean isByte = CodeBuffer.isByte(value);
    legacy.wide(isByte ? 0x83 : 0x81, operation, to);
    if (isByte) {
      code.write(value);
    } else {
      code.writeInt(value);
    }
  }

  public void push(Register register) {
    legacy.inOpcode(0x50, register);
  }

  public void pop(Register register) {
    legacy.inOpcode(0x58, register);
  }

  public void ret() {
    code.write(0xc3);
  }

  /** Asks the CPU for what rax and rcx say; the answer is in rax, rbx, rcx and rdx. */
  public void cpuid() {
    code.write(0x0f);
    code.write(0xa2);
  }

  /** Which registers the system saves, to rdx and rax, where rcx is 0. */
  public void xgetbv() {
    code.write(0x0f);
    code.write(0x01);
    code.write(0xd0);
  }

  /** Four bytes that are no instruction, but data. */
  public void data(int value) {
    code.writeInt(value);
  }

  /** A label for what is written next. */
  public Label here() {
    Label label = new Label();
    bind(label);
    return label;
  }

  public void bind(Label label) {
    label.bind(code);
  }

  public void jmp(Label to) {
    code.write(0xe9);
    to.writeDistance(code);
  }

  /** Jumps if the last subtraction gave something else than 0. */
  public void jne(Label to) {
    legacy.jumpIf(0x85, to);
  }

  /** Jumps if the last comparison's left is more than its right, both without a sign. */
  public void ja(Label to) {
    legacy.jumpIf(0x87, to);
  }

  /** Jumps if the last comparison's left is less than its right, both with a sign. */
  public void jl(Label to) {
    legacy.jumpIf(0x8c, to);
  }

  /** Has memory come to all caches; any address will do. */
  public void prefetcht0(Memory from) {
    legacy.twoBytes(0x18, 1, from);
  }

  // --- From and to memory and other registers

  public void vmovups(VectorRegister to, VectorOperand from) {
    vector(m0F(NONE, 0x10), to, 0, from);
  }

  public void vmovups(Memory to, VectorRegister from) {
    vector(m0F(NONE, 0x11), from, 0, to);
  }

  /** The lowest float. */
  public void vmovss(Memory to, VectorRegister from) {
    vector(m0F(PF3, 0x11).ofMemory(MemorySize.INT), from, 0, to);
  }

  /** An int; the other lanes become 0. */
  public void vmovd(VectorRegister to, Register from) {
    vex.write(m0F(P66, 0x6e), to.number(), 0, from.number(), to.bits());
  }

  /** The lowest int, without a sign. */
  public void vmovd(Register to, VectorRegister from) {
    vex.write(m0F(P66, 0x7e), from.number(), 0, to.number(), from.bits());
  }

  /** An int or float of memory, or the lowest of a register of 128 bits, in all lanes. */
  public void vpbroadcastd(VectorRegister to, VectorOperand from) {
    vector(m0F38(P66, 0x58).ofMemory(MemorySize.INT), to, 0, from);
  }

  /** A short of memory in all lanes. */
  public void vpbroadcastw(VectorRegister to, Memory from) {
    vector(m0F38(P66, 0x79), to, 0, from);
  }

  /** Zeroes all but the lowest 128 bits of the first 16 registers: older code is slow otherwise. */
  public void vzeroupper() {
    code.write(0xc5);
    code.write(0xf8);
    code.write(0x77);
  }

  // --- Lanes put in another order

  /** Of each 128 bits, ints whose numbers are two bits each of {@code order}. */
  public void vpshufd(VectorRegister to, VectorRegister from, int order) {
    vector(m0F(P66, 0x70), to, 0, from);
    code.write(order);
  }

  /** Of each 128 bits, bytes of {@code from} with these numbers. */
  public void vpshufb(VectorRegister to, VectorRegister from, VectorRegister numbers) {
    vector(m0F38(P66, 0x00), to, from.number(), numbers);
  }

  /** Longs of 256 bits, whose numbers are two bits each of {@code order}. */
  public void vpermq(VectorRegister to, VectorRegister from, int order) {
    vector(m0F3A(P66, 0x00).w1(), to, 0, from);
    code.write(order);
  }

  /** The upper half, where {@code part} is 1. */
  public void vextracti128(VectorRegister to, VectorRegister from, int part) {
    vex.write(m0F3A(P66, 0x39), from.number(), 0, to.number(), from.bits());
    code.write(part);
  }

  /** Of each 128 bits, ints of both as shorts that are as near to them as can be. */
  public void vpackssdw(VectorRegister to, VectorRegister a, VectorRegister b) {
    vector(m0F(P66, 0x6b), to, a.number(), b);
  }

  /** Of each 128 bits, shorts of both as bytes that are as near to them as can be. */
  public void vpacksswb(VectorRegister to, VectorRegister a, VectorRegister b) {
    vector(m0F(P66, 0x63), to, a.number(), b);
  }

  /** Ints of bytes with a sign. */
  public void vpmovsxbd(VectorRegister to, Memory from) {
    vector(m0F38(P66, 0x21).ofMemory(MemorySize.QUARTER_VECTOR), to, 0, from);
  }

  /** Ints of bytes without a sign. */
  public void vpmovzxbd(VectorRegister to, Memory from) {
    vector(m0F38(P66, 0x31).ofMemory(MemorySize.QUARTER_VECTOR), to, 0, from);
  }

  // --- Bits and integers

  public void vpandd(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(P66, 0xdb), to, a.number(), b);
  }

  public void vpxord(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(P66, 0xef), to, a.number(), b);
  }

  public void vpord(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(P66, 0xeb), to, a.number(), b);
  }

  public void vpsrld(VectorRegister to, VectorRegister from, int count) {
    shift(2, to, from, count);
  }

  public void vpslld(VectorRegister to, VectorRegister from, int count) {
    shift(6, to, from, count);
  }

  /** With signs. */
  public void vpsrad(VectorRegister to, VectorRegister from, int count) {
    shift(4, to, from, count);
  }

  /** The target is in the prefix, and which shift it is where ModRM has a register. */
  private void shift(int operation, VectorRegister to, VectorRegister from, int count) {
    VectorRegister reg = new VectorRegister(operation, to.bits());
    vector(m0F(P66, 0x72), reg, to.number(), from);
    code.write(count);
  }

  /** Bytes without their signs. */
  public void vpabsb(VectorRegister to, VectorRegister from) {
    vector(m0F38(P66, 0x1c), to, 0, from);
  }

  /** Bytes of {@code from}, as they are, 0 or with the other sign, as the sign of others says. */
  public void vpsignb(VectorRegister to, VectorRegister from, VectorRegister signs) {
    vector(m0F38(P66, 0x08), to, from.number(), signs);
  }

  public void vpaddw(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(P66, 0xfd), to, a.number(), b);
  }

  public void vpaddd(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(P66, 0xfe), to, a.number(), b);
  }

  public void vpsubd(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(P66, 0xfa), to, a.number(), b);
  }

  /** The greater ints, with a sign. */
  public void vpmaxsd(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F38(P66, 0x3d), to, a.number(), b);
  }

  /** Shorts: the products of two bytes each, added up, as near as can be. */
  public void vpmaddubsw(VectorRegister to, VectorRegister unsigned, VectorOperand signed) {
    vector(m0F38(P66, 0x04), to, unsigned.number(), signed);
  }

  /** Ints: the products of two shorts each, added up. */
  public void vpmaddwd(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(P66, 0xf5), to, a.number(), b);
  }

  /** Adds to each int the products of four bytes. */
  public void vpdpbusd(VectorRegister to, VectorRegister unsigned, VectorOperand signed) {
    vector(m0F38(P66, 0x50), to, unsigned.number(), signed);
  }

  // --- Floats

  public void vcvtdq2ps(VectorRegister to, VectorOperand from) {
    vector(m0F(NONE, 0x5b), to, 0, from);
  }

  /** Floats of halves. */
  public void vcvtph2ps(VectorRegister to, Memory from) {
    vector(m0F38(P66, 0x13).ofMemory(MemorySize.HALF_VECTOR), to, 0, from);
  }

  /** The same, of the halves of a register of half as many bits. */
  public void vcvtph2ps(VectorRegister to, VectorRegister from) {
    vector(m0F38(P66, 0x13), to, 0, from);
  }

  public void vaddps(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(NONE, 0x58), to, a.number(), b);
  }

  public void vsubps(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(NONE, 0x5c), to, a.number(), b);
  }

  /** The greater floats, and {@code b} where one of the two is not a number. */
  public void vmaxps(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(NONE, 0x5f), to, a.number(), b);
  }

  /** The lesser floats, and {@code b} where one of the two is not a number. */
  public void vminps(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(NONE, 0x5d), to, a.number(), b);
  }

  public void vmulps(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F(NONE, 0x59), to, a.number(), b);
  }

  /** {@code to = a * b + to}, rounded once. */
  public void vfmadd231ps(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F38(P66, 0xb8), to, a.number(), b);
  }

  /** {@code to = to - a * b}, rounded once. */
  public void vfnmadd231ps(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F38(P66, 0xbc), to, a.number(), b);
  }

  /** {@code to = to * a + b}, rounded once. */
  public void vfmadd213ps(VectorRegister to, VectorRegister a, VectorOperand b) {
    vector(m0F38(P66, 0xa8), to, a.number(), b);
  }

  /** The lowest floats' quotient. */
  public void vdivss(VectorRegister to, VectorRegister a, VectorRegister b) {
    vector(m0F(PF3, 0x5e), to, a.number(), b);
  }

  private void vector(Opcode opcode, VectorRegister reg, int other, VectorOperand rm) {
    boolean is512 = reg.bits() == 512;
    switch (rm) {
      case VectorRegister register when is512 ->
          evex.write(opcode, reg.number(), other, register.number());
      case VectorRegister register ->
          vex.write(opcode, reg.number(), other, register.number(), reg.bits());
      case Memory memory when is512 -> evex.write(opcode, reg.number(), other, memory);
      case Memory memory -> vex.write(opcode, reg.number(), other, memory, reg.bits());
    }
  }
}
