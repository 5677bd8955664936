/**
 * Sets of texts as deterministic automata over characters, which can be intersected and subtracted
 * where expressions cannot: {@code ^a+$} and at most three characters is {@code a|aa|aaa}.
 */
package io.flinkmistral.constraint.automaton;
