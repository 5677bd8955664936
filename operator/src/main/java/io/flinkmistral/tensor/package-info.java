/**
 * Number formats of weights, and matrices of them.
 *
 * <pre>
 *   DataType.Q4_0  --&gt;  block.Q40Block, which is a format.CodeFormat
 *   Matrix         Q4_0, 4096 rows of 14336 numbers: 33,030,144 bytes where they lie in the file
 * </pre>
 *
 * <p>To add a number format:
 *
 * <ol>
 *   <li>Write a class that extends {@link io.flinkmistral.tensor.format.BlockFormat}, with a
 *       diagram of the block: how many numbers, in how many bytes, and how they become floats.
 *   <li>Give it a line in {@link io.flinkmistral.tensor.DataType}, with GGUF's code, and put blocks
 *       and the floats that ggml makes of them into {@code blocks} of the tests' resources. From
 *       there on models with it run: as right as others, and about twenty times as slowly, since
 *       products make floats of all weights each time. Tests go over all formats by themselves.
 *   <li>To make it fast, let it extend {@link io.flinkmistral.tensor.format.ByteFormat} or {@link
 *       io.flinkmistral.tensor.format.CodeFormat} if it is of such a kind ({@code Iq4XsBlock},
 *       {@code Q2KBlock}): then {@code PanelLayout} of the kernels finds a layout for it, and
 *       {@code BlockPacker} packs it. {@code PanelLayoutTest} lists what each format gets.
 *   <li>If such models load too slowly, write a packer for it alone, and name it in {@code
 *       BlockPacker}; a test compares the two.
 * </ol>
 */
package io.flinkmistral.tensor;
