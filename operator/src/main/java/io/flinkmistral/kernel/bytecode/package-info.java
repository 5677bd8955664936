/**
 * Code that Java writes for its own virtual machine, and what has HotSpot compile it in time.
 *
 * <pre>
 *   code.assign(sum, fma(get(w), get(x), get(sum)))    w, x and the sum are pushed, and then
 *                                                       FloatVector.fma called: 2 * 3 + 1 = 7
 * </pre>
 *
 * <p>{@code Expressions} make values, {@code KernelCode} loops and assignments, {@code
 * GeneratedCode} a hidden class of them, {@code KernelWarmUp} calls it until it is compiled.
 */
package io.flinkmistral.kernel.bytecode;
