/**
 * How packed weights lie as far as machine code knows it ({@link
 * io.flinkmistral.kernel.machine.codes.PanelFormat}), how rounded inputs do ({@code InputLayout}),
 * and what takes codes out of words on x86-64, four at once, as bytes. The word 0xcba9f810 of
 * nibbles:
 *
 * <pre>
 *   &amp; 0x0f0f0f0f           0  8  9 11      columns 0, 2, 16, 18
 *   &gt;&gt; 4, &amp; 0x0f0f0f0f     1 15 10 12      columns 1, 3, 17, 19
 * </pre>
 *
 * <p>For codes that lie in another way: a constant of {@code PanelFormat.Codes}, and a {@code
 * CodesWriter}.
 */
package io.flinkmistral.kernel.machine.codes;
