/**
 * Pages of keys and values: their bytes, their number type, and who holds their memory.
 *
 * <pre>
 *   7B, 16 tokens a page, f16:
 *   KvLayout    32 layers * 2 * 16 tokens * 8 heads * 128 numbers * 2 bytes = 2 MiB
 *   SharedPage  taken from KvPagePool, goes back when its last holder releases it
 *   KvPage      the same bytes in Flink's state
 * </pre>
 *
 * Whoever changes the layout changes the fingerprint of pages too: a restore computes them anew.
 */
package io.flinkmistral.cache.page;
