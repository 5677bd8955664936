/**
 * The ways that a value can fit a schema, with all that holds of it at once.
 *
 * <pre>
 * {"type": ["string", "integer"], "maxLength": 3, "minimum": 0}
 *     Shape.Strings of at most 3 characters, or Shape.Numbers that are whole and not less than 0
 * </pre>
 *
 * A {@link io.flinkmistral.constraint.schema.shape.Goal} names what a value has to fit: the same
 * one gives the same rule, and so a schema may point at itself.
 */
package io.flinkmistral.constraint.schema.shape;
