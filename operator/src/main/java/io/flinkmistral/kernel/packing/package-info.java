/**
 * Rows of a file become panels. Four bytes of a row in Q4_0, whose lower nibbles are columns 0 to 3
 * and whose upper ones are columns 16 to 19:
 *
 * <pre>
 *   0x21 0x43 0x65 0x87    columns 0 to 3: 1 3 5 7; 16 to 19: 2 4 6 8     the word 0x86427531
 * </pre>
 *
 * <p>The words of 32 rows then lie side by side. {@link io.flinkmistral.kernel.packing.PanelPacker}
 * takes some columns of a panel's 64 rows, {@code BlockRows} has them on their way, and {@code
 * BlockPacker} knows who packs which format: {@code NumberBlocks}, {@code ByteBlocks} and {@code
 * CodeBlocks} any of their kind, number by number, the others one or two formats each, fast.
 */
package io.flinkmistral.kernel.packing;
