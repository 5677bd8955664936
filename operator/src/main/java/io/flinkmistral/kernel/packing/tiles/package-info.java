/**
 * Words of eight rows put side by side with vectors.
 *
 * <pre>
 *   rows (1 2 ..) (3 4 ..)    become (1 3 ..) (2 4 ..)
 * </pre>
 *
 * <p>In use once it is compiled: until then plain loops are faster.
 */
package io.flinkmistral.kernel.packing.tiles;
