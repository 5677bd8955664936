/**
 * Rules of a grammar for the shapes that a value can have.
 *
 * <pre>
 * object of "n" (needed) and "t"    "{" "\"n\":" number ("," "\"t\":" string)? "}"
 * </pre>
 */
package io.flinkmistral.constraint.schema.rule;
