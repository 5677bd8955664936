package io.flinkmistral.kernel.bytecode;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.function.Consumer;
import jdk.incubator.vector.VectorShape;

/** Classes that are written when they are needed, hidden, each with one method. */
public final class GeneratedCode {
  /** HotSpot compiles no method of more bytes: its {@code HugeMethodLimit}. */
  private static final int HUGE = 8000;

  private GeneratedCode() {}

  /**
   * An object of such a class.
   *
   * @param host full-power lookup of a class of the package that it is to be in
   * @param type an interface with one method, which takes addresses and numbers as longs
   * @param name start of the class's name
   * @param shape of the vectors; see {@link CodeType#classData}
   * @param body writes the method
   * @throws IllegalStateException if it is too long to be compiled
   */
  public static <T> T of(
      Lookup host, Class<T> type, String name, VectorShape shape, Consumer<CodeBuilder> body) {
    Method method = type.getDeclaredMethods()[0];
    MethodTypeDesc parameters =
        MethodType.methodType(method.getReturnType(), method.getParameterTypes())
            .describeConstable()
            .orElseThrow();
    byte[] file =
        ClassFile.of()
            .build(
                ClassDesc.of(name),
                c ->
                    c.withInterfaceSymbols(type.describeConstable().orElseThrow())
                        .withMethodBody(
                            ConstantDescs.INIT_NAME,
                            ConstantDescs.MTD_void,
                            ClassFile.ACC_PUBLIC,
                            GeneratedCode::constructor)
                        .withMethodBody(method.getName(), parameters, ClassFile.ACC_PUBLIC, body));
    checkLength(name, file);
    return type.cast(HiddenCopy.newInstance(host, file, CodeType.classData(shape)));
  }

  /** An interpreted kernel would do all that a compiled one does, a thousand times slower. */
  private static void checkLength(String name, byte[] file) {
    if (file.length <= HUGE) {
      return;
    }
    for (MethodModel method : ClassFile.of().parse(file).methods()) {
      int length = method.findAttribute(Attributes.code()).orElseThrow().codeLength();
      if (length > HUGE) {
        throw new IllegalStateException(
            "%s.%s is of %d bytes: HotSpot compiles no more than %d, write less of it"
                .formatted(name, method.methodName().stringValue(), length, HUGE));
      }
    }
  }

  private static void constructor(CodeBuilder code) {
    code.aload(0)
        .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
        .return_();
  }
}
