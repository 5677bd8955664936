/**
 * Number formats of weights, and matrices of them.
 *
 * <p>To add a number format:
 *
 * <ol>
 *   <li>Write a class that extends {@link io.flinkmistral.tensor.BlockFormat}, with the layout of a
 *       block as a diagram: how many numbers, how many bytes, and how they become floats. {@code
 *       Q2KBlock} is an example.
 *   <li>Give it a line in {@link io.flinkmistral.tensor.DataType}, with GGUF's code, and put blocks
 *       and the floats that ggml makes of them into the tests' resources, {@code blocks}. From
 *       there on models with it run: as right as others, and many times as slowly, since products
 *       make floats of all weights each time. Tests go over all formats by themselves.
 *   <li>To make it fast, let it extend {@link io.flinkmistral.tensor.ByteFormat} or {@link
 *       io.flinkmistral.tensor.CodeFormat}, if it is of such a kind: then {@code PanelLayout} of
 *       the kernels finds a layout for it, and {@code BlockPacker} packs it.
 *   <li>If loading such models takes too long, write a packer for it alone and name it in {@code
 *       BlockPacker}; a test compares the two.
 * </ol>
 */
package io.flinkmistral.tensor;
