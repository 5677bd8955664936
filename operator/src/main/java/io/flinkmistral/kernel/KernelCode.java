package io.flinkmistral.kernel;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Bytecode of vector arithmetic on memory, as the compiler would write it: expressions that end in
 * assignments to local variables, and loops.
 *
 * <p>Why bytecode: the innermost loops hold their sums in registers, each in a variable of its own,
 * so that how many tokens and rows they take is the shape of the code. Written out by hand each
 * shape is hundreds of lines.
 */
final class KernelCode {
  private static final ClassDesc SPECIES = desc(VectorSpecies.class);
  private static final ClassDesc SEGMENT = desc(MemorySegment.class);
  private static final ClassDesc ORDER = desc(ByteOrder.class);
  private static final ClassDesc VECTOR = desc(Vector.class);
  private static final ClassDesc OPERATORS = desc(VectorOperators.class);
  private static final ClassDesc BINARY = desc(VectorOperators.Binary.class);
  private static final ClassDesc CONVERSION = desc(VectorOperators.Conversion.class);
  private static final DirectMethodHandleDesc CLASS_DATA =
      ConstantDescs.ofConstantBootstrap(
          desc(java.lang.invoke.MethodHandles.class),
          "classDataAt",
          ConstantDescs.CD_Object,
          ConstantDescs.CD_int);

  // The class data: the species, as Type numbers them, the classes of their vectors, and these.
  private static final int SPECIES_COUNT = 5;
  private static final int ADDRESSES = 2 * SPECIES_COUNT;

  /** Addresses have at most 56 bits on all platforms. */
  private static final long ADDRESSES_END = 1L << 56;

  private final CodeBuilder code;
  private final int lanes;

  /** The type of a value. */
  enum Type {
    LONG(ConstantDescs.CD_long, TypeKind.LONG, -1),
    INT_ARRAY(desc(int[].class), TypeKind.REFERENCE, -1),
    INTS(desc(IntVector.class), TypeKind.REFERENCE, 0),
    FLOATS(desc(FloatVector.class), TypeKind.REFERENCE, 1),
    /** As many bits as {@link #INTS}. */
    SHORTS(desc(ShortVector.class), TypeKind.REFERENCE, 2),
    /** As many lanes as {@link #INTS}. */
    HALVES(desc(ShortVector.class), TypeKind.REFERENCE, 3),
    /** As many lanes as {@link #INTS}. */
    BYTES(desc(ByteVector.class), TypeKind.REFERENCE, 4);

    private final ClassDesc desc;
    private final TypeKind kind;
    private final int species;

    /**
     * @param species where the class data has it, or -1
     */
    Type(ClassDesc desc, TypeKind kind, int species) {
      this.desc = desc;
      this.kind = kind;
      this.species = species;
    }
  }

  /** An expression: {@code push} writes what leaves its value on the stack. */
  record Value(Type type, Consumer<CodeBuilder> push) {}

  /** A local variable. */
  record Variable(Type type, int slot) {}

  /**
   * @param lanes floats in a vector
   */
  KernelCode(CodeBuilder code, int lanes) {
    this.code = code;
    this.lanes = lanes;
  }

  /** What the class of the code must have as its class data. */
  static List<Object> classData(VectorShape shape) {
    int bits = shape.vectorBitSize();
    List<VectorSpecies<?>> species =
        List.of(
            VectorSpecies.of(int.class, shape),
            VectorSpecies.of(float.class, shape),
            VectorSpecies.of(short.class, shape),
            VectorSpecies.of(short.class, VectorShape.forBitSize(bits / 2)),
            VectorSpecies.of(byte.class, VectorShape.forBitSize(bits / 4)));
    List<Object> data = new ArrayList<>(species);
    species.forEach(s -> data.add(s.vectorType()));
    data.add(NativeMemory.ALL);
    return List.copyOf(data);
  }

  /** Floats in a vector. */
  int lanes() {
    return lanes;
  }

  private static ClassDesc desc(Class<?> type) {
    return ClassDesc.ofDescriptor(type.descriptorString());
  }

  private static void data(CodeBuilder c, ClassDesc type, int index) {
    c.ldc(DynamicConstantDesc.ofNamed(CLASS_DATA, ConstantDescs.DEFAULT_NAME, type, index));
  }

  private static void species(CodeBuilder c, Type type) {
    data(c, SPECIES, type.species);
  }

  private static void operator(CodeBuilder c, String name, ClassDesc type) {
    c.getstatic(OPERATORS, name, type);
  }

  private static Value vector(Type type, Consumer<CodeBuilder> push) {
    return new Value(type, push.andThen(c -> exact(c, type)));
  }

  /**
   * Says to which class the vector on the stack belongs; this costs nothing in the end.
   *
   * <p>Why: C2 keeps a vector in a register where it knows its class from the beginning. A call's
   * result is a {@link FloatVector}, and no more, until late in a compilation. Meanwhile C2 goes by
   * what was seen at each place in the vector classes' own code; but kernels of all widths share
   * that. Where too many of its guesses have failed, it makes true calls, and objects for them: a
   * hundred times slower.
   */
  private static void exact(CodeBuilder c, Type type) {
    data(c, ConstantDescs.CD_Class, SPECIES_COUNT + type.species);
    c.swap();
    c.invokevirtual(
        ConstantDescs.CD_Class,
        "cast",
        MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_Object));
    c.checkcast(type.desc);
  }

  // Variables.

  /** A parameter of the method. */
  Variable parameter(int number, Type type) {
    return new Variable(type, code.parameterSlot(number));
  }

  Variable variable(Value initial) {
    Variable variable = new Variable(initial.type, code.allocateLocal(initial.type.kind));
    assign(variable, initial);
    return variable;
  }

  void assign(Variable variable, Value value) {
    value.push.accept(code);
    code.storeLocal(variable.type.kind, variable.slot);
  }

  static Value get(Variable variable) {
    return new Value(variable.type, c -> c.loadLocal(variable.type.kind, variable.slot));
  }

  /** What a loop changes: at its top the class of a vector is not known. See {@link #exact}. */
  static Value carried(Variable variable) {
    return vector(variable.type, get(variable).push);
  }

  /** {@code variable += bytes}. */
  void advance(Variable variable, long bytes) {
    assign(variable, plus(get(variable), bytes));
  }

  // Addresses.

  /**
   * An address as it is. The compiler learns that it is not negative, and so that what lies a few
   * bytes on is in {@link NativeMemory#ALL}: a check at each access would cost as much as its
   * arithmetic.
   */
  static Value address(Value address) {
    return new Value(
        Type.LONG,
        c -> {
          address.push.accept(c);
          c.loadConstant(ADDRESSES_END);
          c.invokestatic(
              desc(Objects.class),
              "checkIndex",
              MethodTypeDesc.of(
                  ConstantDescs.CD_long, ConstantDescs.CD_long, ConstantDescs.CD_long));
        });
  }

  static Value number(long number) {
    return new Value(Type.LONG, c -> c.loadConstant(number));
  }

  static Value plus(Value address, long bytes) {
    if (bytes == 0) {
      return address;
    }
    return new Value(
        Type.LONG,
        c -> {
          address.push.accept(c);
          c.loadConstant(bytes).ladd();
        });
  }

  static Value plus(Value address, Value bytes) {
    return new Value(
        Type.LONG,
        c -> {
          address.push.accept(c);
          bytes.push.accept(c);
          c.ladd();
        });
  }

  static Value min(Value a, Value b) {
    return new Value(
        Type.LONG,
        c -> {
          a.push.accept(c);
          b.push.accept(c);
          c.invokestatic(
              desc(Math.class),
              "min",
              MethodTypeDesc.of(
                  ConstantDescs.CD_long, ConstantDescs.CD_long, ConstantDescs.CD_long));
        });
  }

  static Value times(Value number, long factor) {
    return times(number, number(factor));
  }

  static Value times(Value a, Value b) {
    return new Value(
        Type.LONG,
        c -> {
          a.push.accept(c);
          b.push.accept(c);
          c.lmul();
        });
  }

  // Loops.

  /** Runs {@code body} once, and again while the two differ. */
  void doWhileNotEqual(Variable address, Variable end, Runnable body) {
    Label top = code.newBoundLabel();
    body.run();
    get(address).push.accept(code);
    get(end).push.accept(code);
    code.lcmp().ifne(top);
  }

  /** Ends the method if the two are equal. */
  void returnIfEqual(Variable address, Variable end) {
    Label further = code.newLabel();
    get(address).push.accept(code);
    get(end).push.accept(code);
    code.lcmp().ifne(further);
    code.return_();
    code.labelBinding(further);
  }

  // Memory.

  Value load(Type type, Value address) {
    return vector(
        type,
        c -> {
          species(c, type);
          data(c, SEGMENT, ADDRESSES);
          address.push.accept(c);
          c.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
          c.invokestatic(
              type.desc,
              "fromMemorySegment",
              MethodTypeDesc.of(type.desc, SPECIES, SEGMENT, ConstantDescs.CD_long, ORDER));
        });
  }

  void store(Value vector, Value address) {
    vector.push.accept(code);
    data(code, SEGMENT, ADDRESSES);
    address.push.accept(code);
    code.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
    code.invokevirtual(
        vector.type.desc,
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
  Value broadcast(Variable ints, Value index, int further) {
    return vector(
        Type.INTS,
        c -> {
          species(c, Type.INTS);
          get(ints).push.accept(c);
          index.push.accept(c);
          c.l2i().loadConstant(further).iadd().iaload();
          c.invokestatic(
              Type.INTS.desc,
              "broadcast",
              MethodTypeDesc.of(Type.INTS.desc, SPECIES, ConstantDescs.CD_int));
        });
  }

  static Value zero(Type type) {
    return vector(
        type,
        c -> {
          species(c, type);
          c.invokestatic(type.desc, "zero", MethodTypeDesc.of(type.desc, SPECIES));
        });
  }

  // Arithmetic.

  private static Value binary(String name, Value a, Value b) {
    return vector(
        a.type,
        c -> {
          a.push.accept(c);
          b.push.accept(c);
          c.invokevirtual(a.type.desc, name, MethodTypeDesc.of(a.type.desc, VECTOR));
        });
  }

  static Value add(Value a, Value b) {
    return binary("add", a, b);
  }

  static Value sub(Value a, Value b) {
    return binary("sub", a, b);
  }

  static Value mul(Value a, Value b) {
    return binary("mul", a, b);
  }

  static Value or(Value a, Value b) {
    return binary("or", a, b);
  }

  static Value and(Value a, int mask) {
    return ints("and", a, mask);
  }

  private static Value ints(String name, Value a, int b) {
    return vector(
        a.type,
        c -> {
          a.push.accept(c);
          c.loadConstant(b);
          c.invokevirtual(a.type.desc, name, MethodTypeDesc.of(a.type.desc, ConstantDescs.CD_int));
        });
  }

  static Value mul(Value a, int factor) {
    return ints("mul", a, factor);
  }

  static Value mul(Value a, float factor) {
    return floats("mul", a, factor);
  }

  private static Value floats(String name, Value a, float b) {
    return vector(
        a.type,
        c -> {
          a.push.accept(c);
          c.loadConstant(b);
          c.invokevirtual(
              a.type.desc, name, MethodTypeDesc.of(a.type.desc, ConstantDescs.CD_float));
        });
  }

  /** {@code a * b + c}, rounded once. */
  static Value fma(Value a, Value b, Value c) {
    return vector(
        a.type,
        out -> {
          a.push.accept(out);
          b.push.accept(out);
          c.push.accept(out);
          out.invokevirtual(a.type.desc, "fma", MethodTypeDesc.of(a.type.desc, VECTOR, VECTOR));
        });
  }

  /**
   * @param operator LSHL, LSHR or ASHR
   */
  static Value shift(String operator, Value ints, int count) {
    return vector(
        ints.type,
        c -> {
          ints.push.accept(c);
          operator(c, operator, BINARY);
          c.loadConstant(count);
          c.invokevirtual(
              ints.type.desc,
              "lanewise",
              MethodTypeDesc.of(ints.type.desc, BINARY, ConstantDescs.CD_int));
        });
  }

  /** A logical shift of shorts to the right; a constant count would be made anew each time. */
  static Value shiftShorts(Value shorts, Variable count) {
    return vector(
        shorts.type,
        c -> {
          shorts.push.accept(c);
          operator(c, "LSHR", BINARY);
          get(count).push.accept(c);
          c.invokevirtual(
              shorts.type.desc,
              "lanewise",
              MethodTypeDesc.of(shorts.type.desc, BINARY, ConstantDescs.CD_long));
        });
  }

  // Types.

  static Value as(Type type, Value vector) {
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
          c.invokevirtual(vector.type.desc, name, MethodTypeDesc.of(type.desc));
        });
  }

  /** Ints as floats of the same value. */
  static Value toFloats(Value ints) {
    return vector(
        Type.FLOATS,
        c -> {
          ints.push.accept(c);
          operator(c, "I2F", CONVERSION);
          c.iconst_0();
          c.invokevirtual(
              ints.type.desc,
              "convert",
              MethodTypeDesc.of(VECTOR, CONVERSION, ConstantDescs.CD_int));
        });
  }

  /** Narrower integers as {@code type}, by a conversion such as B2F, S2I or ZERO_EXTEND_B2I. */
  static Value widen(String conversion, Value narrow, Type type) {
    return vector(
        type,
        c -> {
          narrow.push.accept(c);
          operator(c, conversion, CONVERSION);
          species(c, type);
          c.iconst_0();
          c.invokevirtual(
              narrow.type.desc,
              "convertShape",
              MethodTypeDesc.of(VECTOR, CONVERSION, SPECIES, ConstantDescs.CD_int));
        });
  }

  /** Finite halves. */
  Value halves(Value address) {
    return halves(address, 1);
  }

  /**
   * Finite halves times {@code factor}: shifted into a float's place, their exponents are 112 too
   * small.
   *
   * @param factor a power of two, or one with a sign
   */
  Value halves(Value address, float factor) {
    Value shifted = shift("LSHL", widen("S2I", load(Type.HALVES, address), Type.INTS), 13);
    return mul(as(Type.FLOATS, and(shifted, 0x8fffffff)), 0x1p112f * factor);
  }

  /** Bytes from 0 to 255. */
  Value unsignedBytes(Value address) {
    return toFloats(widen("ZERO_EXTEND_B2I", load(Type.BYTES, address), Type.INTS));
  }

  /** Bytes from -128 to 127. */
  Value signedBytes(Value address) {
    return widen("B2F", load(Type.BYTES, address), Type.FLOATS);
  }
}
