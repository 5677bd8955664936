package io.flinkmistral.kernel.assembler;

/** Instructions for one kind of CPU. */
public interface Code {
  /** Which, as the JVM's property {@code os.arch} has it. */
  String architecture();

  /** What was written; labels that jumps name are all to be bound by now. */
  byte[] toBytes();
}
