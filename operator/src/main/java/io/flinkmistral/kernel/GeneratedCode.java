package io.flinkmistral.kernel;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.function.Consumer;
import jdk.incubator.vector.VectorShape;

/** Classes that are written when they are needed, hidden, each with one method. */
final class GeneratedCode {
  private GeneratedCode() {}

  /**
   * An object of such a class.
   *
   * @param type an interface with one method, which takes addresses and numbers as longs
   * @param name start of the class's name
   * @param shape of the vectors; see {@link CodeType#classData}
   * @param body writes the method
   */
  static <T> T of(Class<T> type, String name, VectorShape shape, Consumer<CodeBuilder> body) {
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
    return type.cast(
        HiddenCopy.newInstance(MethodHandles.lookup(), file, CodeType.classData(shape)));
  }

  private static void constructor(CodeBuilder code) {
    code.aload(0)
        .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
        .return_();
  }
}
