/**
 * A grammar as instructions over bytes.
 *
 * <pre>
 *   "a" [b-c]{2}
 *
 *   0: One 'a' -&gt; 1     1: Loop body 3, 2 to 2 times -&gt; 2     2: Return
 *   3: Ranges b-c -&gt; 4  4: Return
 * </pre>
 *
 * Made once by {@code ProgramBuilder}, from the end to the beginning, and looked at by {@code
 * ProgramAnalysis}: what can be empty, what ends, what is too large ({@code GrammarLimits}).
 */
package io.flinkmistral.constraint.machine.program;
