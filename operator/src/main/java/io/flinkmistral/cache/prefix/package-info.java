/**
 * Full pages found by what they hold, so that sequences that begin alike share them.
 *
 * <pre>
 *   sequence A  [ 0..15 ][ 16..31 ][ 32..     own
 *   sequence B  [ 0..15 ][ 16..31 ][ 32..     own
 *               the same two pages: equal tokens, behind equal pages
 * </pre>
 *
 * A key compares all its tokens, not their hash alone: a collision finds no wrong page. Pages that
 * nobody uses go when others need the room, the longest unused first.
 */
package io.flinkmistral.cache.prefix;
