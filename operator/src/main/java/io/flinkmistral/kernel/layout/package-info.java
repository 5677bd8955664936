/**
 * How packed weights lie ({@link io.flinkmistral.kernel.layout.PanelLayout}), and inputs of 8 bits
 * for them. One word of Q4_0, of which two nibbles:
 *
 * <pre>
 *   columns 0 to 3         codes  -8 -7  0  7     nibbles   0  1  8 15     lower half 0xf810
 *   columns 16 to 19       codes   1  2  3  4     nibbles   9 10 11 12     upper half 0xcba9
 *   LaneCodes              nibbles 3 and 5 of a half are 0x53 = 83; for inputs 10 and 2
 *                          83 * 10 + (83 &gt;&gt; 4) * (2 - 16 * 10) = 830 - 790 = 3 * 10 + 5 * 2
 * </pre>
 *
 * <p>So a product needs no masks: see {@link io.flinkmistral.kernel.layout.LaneCodes}.
 */
package io.flinkmistral.kernel.layout;
