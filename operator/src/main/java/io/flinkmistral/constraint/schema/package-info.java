/**
 * JSON schemas as grammars of the compact JSON texts that they allow.
 *
 * <pre>
 * {"type": "object", "properties": {"n": {"enum": [1, 2]}}, "required": ["n"]}
 *   |  document   what stands in the schema, and what "$ref" points at
 *   |  shape      the ways that a value can fit it; what holds at once (allOf, $ref with siblings)
 *   |             is merged there
 *   |  text       strings: formats and patterns        number   bounds and multiples
 *   v  rule       rules of a grammar, one for each goal
 * {"n":1} and {"n":2}
 * </pre>
 *
 * No white space, the properties in the schema's order, and no others where the schema says nothing
 * of them. A {@link io.flinkmistral.constraint.schema.shape.Goal} is what a value has to fit; each
 * becomes a rule, so recursion needs nothing of its own.
 */
package io.flinkmistral.constraint.schema;
