/**
 * Reads texts of a grammar byte by byte.
 *
 * <pre>{@code
 * GrammarMachine machine = GrammarMachine.compile(grammar, "structured_outputs.grammar");
 * MachineState state = machine.start().after("{\"a".getBytes(UTF_8));
 * boolean quoteMayFollow = !state.after('"').isDead();
 * }</pre>
 *
 * <p>Surprises:
 *
 * <ul>
 *   <li>Repetitions are counted on the stack, not written out: {@code [a-z]{0,10000}} is a loop of
 *       three nodes, and a state has one range of counts.
 *   <li>A text can be in the middle of 1,000 calls. An answer does not begin what it could not end
 *       within them: a nested array is closed in time.
 *   <li>What a machine remembers is bounded: it forgets all at once, and finds it anew.
 * </ul>
 */
package io.flinkmistral.constraint.machine;
