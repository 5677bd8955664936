/**
 * Machine code that runs: pages that hold it, and what the CPU can do. Code is written by {@code
 * kernel.assembler} and called as any function of C is, through {@link java.lang.foreign.Linker}:
 * no native library, nothing to build.
 *
 * <pre>
 *   Assembler code = ...                             mov [rdi], rsi; ret
 *   MethodHandle store = MachineCode.function(code, 2)
 *   store.invokeExact(address, 42L)                  writes 42 to address, in about 10 ns
 * </pre>
 *
 * <p>Where a system forbids it (hardened containers, SELinux), or is not Linux on x86-64 or AArch64
 * (macOS wants code of a kind of pages that a thread writes to and runs in turns, {@code MAP_JIT}),
 * {@link io.flinkmistral.kernel.machine.Host} says why, and kernels are those of Java's vectors.
 */
package io.flinkmistral.kernel.machine;
