/**
 * What strings may be: a format as a regular expression.
 *
 * <pre>
 * "format": "date"    [0-9]{4}-(0[1-9]|1[0-2])-...
 * </pre>
 */
package io.flinkmistral.constraint.schema.text;
