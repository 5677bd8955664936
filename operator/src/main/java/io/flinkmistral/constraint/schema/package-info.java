/**
 * JSON schemas as grammars of the compact JSON texts that they allow.
 *
 * <p>{@code {"type": "object", "properties": {"n": {"enum": [1, 2]}}, "required": ["n"]}} becomes
 * the texts <code>{"n":1}</code> and <code>{"n":2}</code>: no white space, the properties in the
 * schema's order, and no others where the schema says nothing of them.
 *
 * <p>A schema is first read as {@link io.flinkmistral.constraint.schema.Shape shapes}, one for each
 * way that a value can fit it; what holds at once ({@code allOf}, {@code $ref} with siblings) is
 * merged there. A {@link io.flinkmistral.constraint.schema.Goal} is what a value has to fit; each
 * becomes a rule, so recursion needs nothing of its own.
 */
package io.flinkmistral.constraint.schema;
