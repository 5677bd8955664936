package io.flinkmistral.cache.page;

/**
 * A full page, as it is kept in state.
 *
 * @param index the page's place: it holds the positions from {@code index * pageTokens} on
 * @param bytes {@link KvLayout#pageBytes} bytes
 */
public record KvPage(int index, byte[] bytes) {}
