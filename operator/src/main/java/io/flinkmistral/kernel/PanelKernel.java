package io.flinkmistral.kernel;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.VectorShape;

/** The innermost loops of a product: some columns of one panel times some tokens. */
interface PanelKernel {
  /**
   * Adds to {@code out[t][r]} the products of row {@code r} and input {@code t} over some columns,
   * in their order.
   *
   * @param weights address of the first block
   * @param input address of the first column's inputs: floats (column, token), or what {@link
   *     QuantizedInput} says
   * @param end address behind the last column's inputs; whole blocks of the layout lie between
   * @param out address of (tokens, 64) floats
   */
  void multiply(long weights, long input, long end, long out);

  /**
   * What is constant in one compiled kernel.
   *
   * @param shape vectors
   * @param layout of the weights
   * @param tokens inputs at once
   * @param vectors of rows at once: 1, 2 or 4
   * @param unroll steps in the body of the innermost loop
   */
  record Constants(VectorShape shape, PanelLayout layout, int tokens, int vectors, int unroll) {
    /** Rows in a vector. */
    int lanes() {
      return shape.vectorBitSize() / Float.SIZE;
    }

    /** Rows of a pass over the columns; a vector's rows are not divided. */
    int rows() {
      return Math.min(PanelLayout.ROWS, vectors * lanes());
    }
  }

  /** Writes a class with such a kernel, and makes one of it. */
  static PanelKernel of(Constants constants) {
    MethodHandles.Lookup here = MethodHandles.lookup();
    String name = PanelKernel.class.getPackageName() + ".PanelKernelCopy";
    byte[] file =
        ClassFile.of()
            .build(
                ClassDesc.of(name),
                type ->
                    type.withInterfaceSymbols(ClassDesc.of(PanelKernel.class.getName()))
                        .withMethodBody(
                            ConstantDescs.INIT_NAME,
                            ConstantDescs.MTD_void,
                            ClassFile.ACC_PUBLIC,
                            c ->
                                c.aload(0)
                                    .invokespecial(
                                        ConstantDescs.CD_Object,
                                        ConstantDescs.INIT_NAME,
                                        ConstantDescs.MTD_void)
                                    .return_())
                        .withMethodBody(
                            "multiply",
                            MethodTypeDesc.of(
                                ConstantDescs.CD_void,
                                ConstantDescs.CD_long,
                                ConstantDescs.CD_long,
                                ConstantDescs.CD_long,
                                ConstantDescs.CD_long),
                            ClassFile.ACC_PUBLIC,
                            c -> PanelRows.write(c, constants)));
    try {
      MethodHandles.Lookup made =
          here.defineHiddenClassWithClassData(file, KernelCode.classData(constants.shape()), true);
      return (PanelKernel)
          made.findConstructor(made.lookupClass(), MethodType.methodType(void.class)).invoke();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("no kernel for %s".formatted(constants), e);
    }
  }
}
