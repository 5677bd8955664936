/**
 * Memory outside the heap.
 *
 * <pre>
 *   NativeMemory.allocate(3 MiB)                two huge pages of 2 MiB; given back with its arena
 *   WeightMemory of a model: 16 MiB, 2304 B     one behind the other in regions of 256 MiB
 *   SpareMemory.scratch(64 KiB) ... free(it)    the next product has it again
 * </pre>
 */
package io.flinkmistral.kernel.memory;
