package io.flinkmistral.kernel.assembler.aarch64;

import io.flinkmistral.kernel.assembler.aarch64.Vector.Shape;

/** A vector register of 128 bits; instructions take it as one of the following. */
public record VRegister(int number) {
  public VRegister {
    if (number < 0 || number > 31) {
      throw new IllegalArgumentException("vector register %d: there are 32".formatted(number));
    }
  }

  public static VRegister v(int number) {
    return new VRegister(number);
  }

  /** 8 bytes, its lower half. */
  public Vector b8() {
    return new Vector(number, Shape.B8);
  }

  /** 16 bytes. */
  public Vector b16() {
    return new Vector(number, Shape.B16);
  }

  /** 4 shorts or halves, its lower half. */
  public Vector h4() {
    return new Vector(number, Shape.H4);
  }

  /** 8 shorts. */
  public Vector h8() {
    return new Vector(number, Shape.H8);
  }

  /** 4 ints or floats. */
  public Vector s4() {
    return new Vector(number, Shape.S4);
  }

  /** One int or float. */
  public Lane lane(int index) {
    return new Lane(number, Lane.Of.S, index);
  }

  /** Four bytes. */
  public Lane quad(int index) {
    return new Lane(number, Lane.Of.B4, index);
  }

  /** Its lowest 32 bits. */
  public Scalar s() {
    return new Scalar(number, Scalar.Size.S);
  }

  /** Its lowest 64 bits. */
  public Scalar d() {
    return new Scalar(number, Scalar.Size.D);
  }

  /** All of it. */
  public Scalar q() {
    return new Scalar(number, Scalar.Size.Q);
  }
}
