package io.flinkmistral.kernel.bytecode;

import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Types of values in {@link KernelCode}. What vectors of a width have of their own, species and
 * classes, is class data, so that the same code serves all widths.
 */
public enum CodeType {
  LONG(long.class, TypeKind.LONG, -1),
  INT_ARRAY(int[].class, TypeKind.REFERENCE, -1),
  INTS(IntVector.class, TypeKind.REFERENCE, 0),
  FLOATS(FloatVector.class, TypeKind.REFERENCE, 1),
  /** As many bits as {@link #INTS}. */
  SHORTS(ShortVector.class, TypeKind.REFERENCE, 2),
  /** As many lanes as {@link #INTS}. */
  HALVES(ShortVector.class, TypeKind.REFERENCE, 3),
  /** As many lanes as {@link #INTS}. */
  BYTES(ByteVector.class, TypeKind.REFERENCE, 4);

  private static final DirectMethodHandleDesc CLASS_DATA =
      ConstantDescs.ofConstantBootstrap(
          desc(MethodHandles.class), "classDataAt", ConstantDescs.CD_Object, ConstantDescs.CD_int);

  // The class data: the species, as the types number them, the classes of their vectors, and these.
  private static final int SPECIES_COUNT = 5;
  private static final int ADDRESSES = 2 * SPECIES_COUNT;
  private static final List<DynamicConstantDesc<?>> DATA =
      IntStream.rangeClosed(0, ADDRESSES).<DynamicConstantDesc<?>>mapToObj(CodeType::data).toList();

  private final ClassDesc desc;
  private final TypeKind kind;
  private final int species;

  /**
   * @param species where the class data has it, or -1
   */
  CodeType(Class<?> type, TypeKind kind, int species) {
    this.desc = desc(type);
    this.kind = kind;
    this.species = species;
  }

  static ClassDesc desc(Class<?> type) {
    return ClassDesc.ofDescriptor(type.descriptorString());
  }

  ClassDesc desc() {
    return desc;
  }

  TypeKind kind() {
    return kind;
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
    species.forEach(CodeType::use);
    List<Object> data = new ArrayList<>(species);
    species.forEach(s -> data.add(s.vectorType()));
    data.add(NativeMemory.ALL);
    return List.copyOf(data);
  }

  /**
   * Reads a vector: the first time a species makes something that it keeps. Where C2 had compiled
   * that as what does not happen, and a kernel is the first to use a species, then C2 takes it as
   * what may always happen, for each vector that any kernel reads.
   */
  private static void use(VectorSpecies<?> species) {
    MemorySegment zeros = MemorySegment.ofArray(new byte[species.vectorByteSize()]);
    species.fromMemorySegment(zeros, 0, ByteOrder.LITTLE_ENDIAN);
  }

  private static DynamicConstantDesc<?> data(int index) {
    ClassDesc type =
        index < SPECIES_COUNT
            ? desc(VectorSpecies.class)
            : index < ADDRESSES ? ConstantDescs.CD_Class : desc(MemorySegment.class);
    return DynamicConstantDesc.ofNamed(CLASS_DATA, ConstantDescs.DEFAULT_NAME, type, index);
  }

  /** Pushes {@link NativeMemory#ALL}. */
  static void addresses(CodeBuilder c) {
    c.ldc(DATA.get(ADDRESSES));
  }

  /** Pushes the species of this type's vectors. */
  void species(CodeBuilder c) {
    c.ldc(DATA.get(species));
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
  void exact(CodeBuilder c) {
    c.ldc(DATA.get(SPECIES_COUNT + species));
    c.swap();
    c.invokevirtual(
        ConstantDescs.CD_Class,
        "cast",
        MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_Object));
    c.checkcast(desc);
  }
}
