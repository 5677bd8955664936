/**
 * What stands in a schema, as it stands there.
 *
 * <pre>
 * {"$ref": "#/$defs/name"}    SchemaDocument: the schema at that pointer, or what is wrong with it
 * "minLenght"                 Keywords: unknown, refused by name; "title": known, and says nothing
 * </pre>
 */
package io.flinkmistral.constraint.schema.document;
