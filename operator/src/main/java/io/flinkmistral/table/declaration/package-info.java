/**
 * A {@code CREATE MODEL} statement, read and checked when a statement is planned.
 *
 * <pre>
 *   'task' = 'classify', 'labels' = 'bug, praise'   ModelOptions, TaskReader
 *   OUTPUT (label STRING, error_string STRING)      OutputColumns: the label, the error
 * </pre>
 *
 * What cannot be is refused here, by the option's or the column's name.
 */
package io.flinkmistral.table.declaration;
