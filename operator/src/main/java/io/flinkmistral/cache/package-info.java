/**
 * Keys and values of sequences, in pages of a few tokens. What a page looks like, which number
 * types it may have and which pages a window keeps is known in here alone: {@link
 * io.flinkmistral.cache.page.KvLayout}, {@link io.flinkmistral.cache.page.KvType}, {@link
 * io.flinkmistral.cache.KvWindow}.
 *
 * <p>An example: a sequence takes in three tokens, keeps the pages that are full, and is given up.
 *
 * <pre>{@code
 * KvCache cache = new KvCache(layout, window, pool, 0);
 * cache.reserve(3);                  // room for positions 0, 1, 2
 * writer.write(cache, layer, 0, key, value, 0);
 * cache.advance(3);                  // they are filled
 * List<KvPage> full = cache.takeFilled();
 * cache.close();
 * }</pre>
 *
 * <p>Attention reads pages in place, by machine code ({@link io.flinkmistral.cache.KvPieces}) or
 * Java's kernels ({@link io.flinkmistral.cache.PageProducts}), or as panels of floats ({@link
 * io.flinkmistral.cache.KvPanels}). A full page never changes, so that caches of sequences that
 * begin alike share it: {@link io.flinkmistral.cache.KvCache#branch}.
 */
package io.flinkmistral.cache;
