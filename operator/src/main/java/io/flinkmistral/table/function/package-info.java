/**
 * Functions of the module: {@code AI_CLASSIFY} and others.
 *
 * <pre>
 *   SELECT AI_CLASSIFY(txt, ARRAY['bug', 'praise']) FROM tickets
 * </pre>
 *
 * A {@link io.flinkmistral.table.function.TextFunction} says what it is called with and what is
 * asked of the model; the rest is common to all. A new function is one such class, and a line in
 * the module.
 */
package io.flinkmistral.table.function;
