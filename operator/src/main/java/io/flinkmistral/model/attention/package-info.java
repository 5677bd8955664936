/**
 * Grouped-query attention over pages of keys and values.
 *
 * <pre>
 *   32 query heads, 8 of keys and values: a group is 4 query heads
 *   QueryTile      3 tokens, head 0:  12 queries that read the same keys
 *   SpanAttention  positions 0 to 511, then 512 to 1023, ...
 *   SpanSums       of each query: greatest score, sum of exp, weighted sum of values
 * </pre>
 *
 * Spans have fixed borders, and their sums are put together in order: so the bits do not depend on
 * how many tokens a pass has. {@code MachineSpans} and {@code PanelSpans} are two ways to the same
 * bits; the CPU decides.
 */
package io.flinkmistral.model.attention;
