/**
 * Columns of INPUT and OUTPUT, and their values in Flink's and in Java's form.
 *
 * <pre>
 *   OUTPUT (label STRING, p DOUBLE)   OutputColumn: the label, its probability
 *   StringData "bug", 0.93            InternalValues: of "bug", 0.93
 * </pre>
 */
package io.flinkmistral.table.column;
