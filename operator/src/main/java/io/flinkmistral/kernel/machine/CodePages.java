package io.flinkmistral.kernel.machine;

import io.flinkmistral.kernel.assembler.Code;
import io.flinkmistral.kernel.memory.LinuxMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Collections;

/** Puts code into pages; see {@link MachineCode}, which others use. */
final class CodePages {
  /** Of this JVM, as {@link Code#architecture} has it. */
  static final String ARCHITECTURE = System.getProperty("os.arch");

  private static final long PAGE = 4096;

  private CodePages() {}

  /** Code in pages that live as long as the segment can be reached. */
  static MemorySegment place(Code code) {
    checkHost(code);
    byte[] instructions = code.toBytes();
    long bytes = Math.ceilDiv(instructions.length, PAGE) * PAGE;
    long address = LinuxMemory.mmap(bytes);
    MemorySegment pages =
        MemorySegment.ofAddress(address)
            .reinterpret(bytes, Arena.ofAuto(), gone -> LinuxMemory.munmap(address, bytes));
    MemorySegment.copy(instructions, 0, pages, ValueLayout.JAVA_BYTE, 0, instructions.length);
    if (!LinuxMemory.makeExecutable(address, bytes)) {
      throw new UnsupportedOperationException(
          "this system lets no memory become executable (mprotect), as hardened ones do");
    }
    return pages.asSlice(0, instructions.length);
  }

  /** Only code for this system and CPU. */
  private static void checkHost(Code code) {
    if (!LinuxMemory.PRESENT || !ARCHITECTURE.equals(code.architecture())) {
      throw new UnsupportedOperationException(
          "machine code is for Linux on x86-64 and AArch64, and this is %s on %s"
              .formatted(System.getProperty("os.name"), ARCHITECTURE));
    }
  }

  /** A function of so many longs and no result. */
  static MethodHandle function(MemorySegment placed, int parameters) {
    FunctionDescriptor type =
        FunctionDescriptor.ofVoid(
            Collections.nCopies(parameters, ValueLayout.JAVA_LONG).toArray(ValueLayout[]::new));
    return Linker.nativeLinker().downcallHandle(placed, type);
  }

  static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException("machine code throws nothing", thrown);
    };
  }
}
