/**
 * Fields that a text is searched for: what their values may be, and how the model is told.
 *
 * <pre>
 *   name STRING, age INT         FieldType
 *   {"name": ..., "age": ...}    FieldSchema: what answers are held to
 *   {"name":"Ada","age":36}      FieldValues: "Ada", 36
 * </pre>
 */
package io.flinkmistral.task.field;
