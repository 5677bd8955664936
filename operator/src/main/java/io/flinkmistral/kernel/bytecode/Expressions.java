package io.flinkmistral.kernel.bytecode;

import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.function.Consumer;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Expressions of {@link KernelCode}: vector arithmetic, addresses, reads of memory and variables.
 * Each method makes what writes the expression's code, and writes nothing yet.
 */
public final class Expressions {
  private static final ClassDesc SPECIES = CodeType.desc(VectorSpecies.class);
  private static final ClassDesc SEGMENT = CodeType.desc(MemorySegment.class);
  private static final ClassDesc ORDER = CodeType.desc(ByteOrder.class);
  private static final ClassDesc VECTOR = CodeType.desc(Vector.class);
  private static final ClassDesc OBJECTS = CodeType.desc(Objects.class);
  private static final ClassDesc MATH = CodeType.desc(Math.class);
  private static final ClassDesc OPERATORS = CodeType.desc(VectorOperators.class);
  private static final ClassDesc BINARY = CodeType.desc(VectorOperators.Binary.class);
  private static final ClassDesc CONVERSION = CodeType.desc(VectorOperators.Conversion.class);

  /** Addresses have at most 56 bits on all platforms. */
  private static final long ADDRESSES_END = 1L << 56;

  /** An expression: {@code push} writes what leaves its value on the stack. */
  public record Value(CodeType type, Consumer<CodeBuilder> push) {}

  /** A local variable. */
  public record Variable(CodeType type, int slot) {}

  private Expressions() {}

  private static void operator(CodeBuilder c, String name, ClassDesc type) {
    c.getstatic(OPERATORS, name, type);
  }

  private static Value vector(CodeType type, Consumer<CodeBuilder> push) {
    return new Value(type, push.andThen(type::exact));
  }

  // Variables.

  public static Value get(Variable variable) {
    return new Value(variable.type, c -> c.loadLocal(variable.type.kind(), variable.slot));
  }

  /**
   * What a loop changes: at its top the class of a vector is not known. See {@link CodeType#exact}.
   */
  public static Value carried(Variable variable) {
    return vector(variable.type, get(variable).push);
  }

  // Addresses.

  /**
   * An address as it is. The compiler learns that it is not negative, and so that what lies a few
   * bytes on is in {@link NativeMemory#ALL}: a check at each access would cost as much as its
   * arithmetic.
   */
  public static Value address(Value address) {
    return longs(address, number(ADDRESSES_END), c -> call(c, OBJECTS, "checkIndex"));
  }

  public static Value number(long number) {
    return new Value(CodeType.LONG, c -> c.loadConstant(number));
  }

  public static Value plus(Value address, long bytes) {
    return bytes == 0 ? address : plus(address, number(bytes));
  }

  public static Value plus(Value address, Value bytes) {
    return longs(address, bytes, CodeBuilder::ladd);
  }

  public static Value min(Value a, Value b) {
    return longs(a, b, c -> call(c, MATH, "min"));
  }

  public static Value times(Value number, long factor) {
    return times(number, number(factor));
  }

  public static Value times(Value a, Value b) {
    return longs(a, b, CodeBuilder::lmul);
  }

  /**
   * @param operation writes what makes one of both
   */
  private static Value longs(Value a, Value b, Consumer<CodeBuilder> operation) {
    return new Value(CodeType.LONG, a.push.andThen(b.push).andThen(operation));
  }

  /** A static method that makes a long of two. */
  private static void call(CodeBuilder c, ClassDesc owner, String name) {
    ClassDesc number = ConstantDescs.CD_long;
    c.invokestatic(owner, name, MethodTypeDesc.of(number, number, number));
  }

  /** A vector of zeros. */
  public static Value zeros() {
    return vector(
        CodeType.FLOATS,
        c -> {
          CodeType.FLOATS.species(c);
          c.invokestatic(
              CodeType.FLOATS.desc(), "zero", MethodTypeDesc.of(CodeType.FLOATS.desc(), SPECIES));
        });
  }

  // Memory.

  /** Memory, place and byte order, for an access to it. */
  private static void place(CodeBuilder c, Value address) {
    CodeType.addresses(c);
    address.push.accept(c);
    c.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
  }

  public static Value load(CodeType type, Value address) {
    return vector(
        type,
        c -> {
          type.species(c);
          place(c, address);
          c.invokestatic(
              type.desc(),
              "fromMemorySegment",
              MethodTypeDesc.of(type.desc(), SPECIES, SEGMENT, ConstantDescs.CD_long, ORDER));
        });
  }

  /** Writes what stores the vector on the stack. */
  static void storeTo(CodeBuilder c, CodeType type, Value address) {
    place(c, address);
    c.invokevirtual(
        type.desc(),
        "intoMemorySegment",
        MethodTypeDesc.of(ConstantDescs.CD_void, SEGMENT, ConstantDescs.CD_long, ORDER));
  }

  /**
   * An element in all lanes; as floats or shorts it is one instruction, too.
   *
   * <p>Why an array: of all that kernels call, only the way into a {@link MemorySegment} for a
   * single number is not inlined at any cost. Where C2 has many nodes alive at that moment, a true
   * call is left in the innermost loop, and all registers are saved around it.
   *
   * @param index of the element, less {@code further}
   */
  public static Value broadcast(Variable ints, Value index, int further) {
    return vector(
        CodeType.INTS,
        c -> {
          CodeType.INTS.species(c);
          get(ints).push.accept(c);
          index.push.accept(c);
          c.l2i().loadConstant(further).iadd().iaload();
          c.invokestatic(
              CodeType.INTS.desc(),
              "broadcast",
              MethodTypeDesc.of(CodeType.INTS.desc(), SPECIES, ConstantDescs.CD_int));
        });
  }

  static Value zero(CodeType type) {
    return vector(
        type,
        c -> {
          type.species(c);
          c.invokestatic(type.desc(), "zero", MethodTypeDesc.of(type.desc(), SPECIES));
        });
  }

  // Arithmetic.

  private static Value binary(String name, Value a, Value b) {
    return vector(
        a.type,
        c -> {
          a.push.accept(c);
          b.push.accept(c);
          c.invokevirtual(a.type.desc(), name, MethodTypeDesc.of(a.type.desc(), VECTOR));
        });
  }

  public static Value add(Value a, Value b) {
    return binary("add", a, b);
  }

  static Value sub(Value a, Value b) {
    return binary("sub", a, b);
  }

  public static Value mul(Value a, Value b) {
    return binary("mul", a, b);
  }

  public static Value and(Value a, int mask) {
    return withNumber("and", a, mask, ConstantDescs.CD_int);
  }

  public static Value mul(Value a, int factor) {
    return withNumber("mul", a, factor, ConstantDescs.CD_int);
  }

  public static Value mul(Value a, float factor) {
    return withNumber("mul", a, factor, ConstantDescs.CD_float);
  }

  private static Value withNumber(String name, Value a, ConstantDesc number, ClassDesc type) {
    return vector(
        a.type,
        c -> {
          a.push.accept(c);
          c.loadConstant(number);
          c.invokevirtual(a.type.desc(), name, MethodTypeDesc.of(a.type.desc(), type));
        });
  }

  /** {@code a * b + c}, rounded once. */
  public static Value fma(Value a, Value b, Value c) {
    return vector(
        a.type,
        out -> {
          a.push.accept(out);
          b.push.accept(out);
          c.push.accept(out);
          out.invokevirtual(a.type.desc(), "fma", MethodTypeDesc.of(a.type.desc(), VECTOR, VECTOR));
        });
  }

  /**
   * @param operator LSHL, LSHR or ASHR
   */
  public static Value shift(String operator, Value ints, int count) {
    return vector(
        ints.type,
        c -> {
          ints.push.accept(c);
          operator(c, operator, BINARY);
          c.loadConstant(count);
          c.invokevirtual(
              ints.type.desc(),
              "lanewise",
              MethodTypeDesc.of(ints.type.desc(), BINARY, ConstantDescs.CD_int));
        });
  }

  /**
   * A logical shift of shorts to the right; a constant count would be made anew each time.
   *
   * <p>Its count is a short: whether a long is one is checked, and in a JVM where C2 has seen too
   * few of these checks to tell how they come out, they stay in the innermost loop.
   */
  public static Value shiftShorts(Value shorts, Variable count) {
    return vector(
        shorts.type,
        c -> {
          shorts.push.accept(c);
          operator(c, "LSHR", BINARY);
          get(count).push.accept(c);
          c.l2i().i2s();
          c.invokevirtual(
              shorts.type.desc(),
              "lanewise",
              MethodTypeDesc.of(shorts.type.desc(), BINARY, ConstantDescs.CD_short));
        });
  }

  // Types.

  public static Value as(CodeType type, Value vector) {
    String name =
        switch (type) {
          case INTS -> "reinterpretAsInts";
          case FLOATS -> "reinterpretAsFloats";
          case SHORTS -> "reinterpretAsShorts";
          case LONG, INT_ARRAY, HALVES, BYTES -> throw new IllegalArgumentException(type.name());
        };
    return vector(
        type,
        c -> {
          vector.push.accept(c);
          c.invokevirtual(vector.type.desc(), name, MethodTypeDesc.of(type.desc()));
        });
  }

  /** Ints as floats of the same value. */
  public static Value toFloats(Value ints) {
    return vector(
        CodeType.FLOATS,
        c -> {
          ints.push.accept(c);
          operator(c, "I2F", CONVERSION);
          c.iconst_0();
          c.invokevirtual(
              ints.type.desc(),
              "convert",
              MethodTypeDesc.of(VECTOR, CONVERSION, ConstantDescs.CD_int));
        });
  }

  /** Narrower integers as {@code type}, by a conversion such as B2F, S2I or ZERO_EXTEND_B2I. */
  public static Value widen(String conversion, Value narrow, CodeType type) {
    return vector(
        type,
        c -> {
          narrow.push.accept(c);
          operator(c, conversion, CONVERSION);
          type.species(c);
          c.iconst_0();
          c.invokevirtual(
              narrow.type.desc(),
              "convertShape",
              MethodTypeDesc.of(VECTOR, CONVERSION, SPECIES, ConstantDescs.CD_int));
        });
  }

  /** Finite halves. */
  public static Value halves(Value address) {
    return halves(address, 1);
  }

  /**
   * Finite halves times {@code factor}: shifted into a float's place, their exponents are 112 too
   * small.
   *
   * @param factor a power of two, or one with a sign
   */
  public static Value halves(Value address, float factor) {
    Value shifted = shift("LSHL", widen("S2I", load(CodeType.HALVES, address), CodeType.INTS), 13);
    return mul(as(CodeType.FLOATS, and(shifted, 0x8fffffff)), 0x1p112f * factor);
  }

  /** Bytes from 0 to 255. */
  public static Value unsignedBytes(Value address) {
    return toFloats(widen("ZERO_EXTEND_B2I", load(CodeType.BYTES, address), CodeType.INTS));
  }

  /** Bytes from -128 to 127. */
  public static Value signedBytes(Value address) {
    return widen("B2F", load(CodeType.BYTES, address), CodeType.FLOATS);
  }
}
