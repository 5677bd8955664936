/**
 * Regular expressions as sets of texts: {@code [ab]{1,2}|c} is {@code a, b, aa, ab, ba, bb, c}.
 *
 * <p>There are two readings. A whole answer must match from its first character to its last; a
 * pattern of a JSON schema (ECMA-262) matches anywhere, unless {@code ^} and {@code $} hold it.
 */
package io.flinkmistral.constraint.regex;
