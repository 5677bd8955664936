package io.flinkmistral.kernel.bytecode;

import java.util.function.Supplier;

/** A value that is made when it is first asked for, once. */
public final class Lazy<T> {
  private final Supplier<T> maker;
  private volatile T value;

  public Lazy(Supplier<T> maker) {
    this.maker = maker;
  }

  public T get() {
    T made = value;
    return made == null ? make() : made;
  }

  private synchronized T make() {
    if (value == null) {
      value = maker.get();
    }
    return value;
  }
}
