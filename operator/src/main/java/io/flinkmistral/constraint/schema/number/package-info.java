/**
 * Numbers in decimal notation, between bounds, or multiples of one: as automata of digits.
 *
 * <pre>
 * {"type": "integer", "minimum": 8, "maximum": 12}    8 | 9 | 1[0-2]
 * {"multipleOf": 0.5}                                  remainders of the digits so far
 * </pre>
 */
package io.flinkmistral.constraint.schema.number;
