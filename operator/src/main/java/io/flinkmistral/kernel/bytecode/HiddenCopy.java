package io.flinkmistral.kernel.bytecode;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;

/** Classes that are compiled once more for each value of a constant. */
public final class HiddenCopy {
  private HiddenCopy() {}

  /**
   * Defines a hidden copy of a class, with a constant for {@link
   * java.lang.invoke.MethodHandles#classData}, and calls its constructor without arguments.
   *
   * @param template full-power lookup of the class to copy
   */
  public static Object newInstance(Lookup template, Object constant) {
    return newInstance(template, classFile(template.lookupClass()), constant);
  }

  /**
   * The same of another class in the package.
   *
   * @param host full-power lookup of a class of the package
   */
  public static Object newInstance(Lookup host, byte[] classFile, Object constant) {
    try {
      Lookup made = host.defineHiddenClassWithClassData(classFile, constant, true);
      return made.findConstructor(made.lookupClass(), MethodType.methodType(void.class)).invoke();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(
          "no hidden class beside %s".formatted(host.lookupClass().getName()), e);
    }
  }

  private static byte[] classFile(Class<?> type) {
    String name = type.getSimpleName() + ".class";
    try (InputStream in = type.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("%s has no class file beside it".formatted(type.getName()));
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The constant of a copy.
   *
   * @param own full-power lookup of the class that asks
   * @param template what the class that was not copied gets
   */
  public static <T> T constant(Lookup own, Class<T> type, T template) {
    try {
      T constant = MethodHandles.classData(own, ConstantDescs.DEFAULT_NAME, type);
      return constant == null ? template : constant;
    } catch (IllegalAccessException e) {
      throw new AssertionError("a class can read its own data", e);
    }
  }
}
