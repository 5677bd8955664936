/**
 * Grammars as llama.cpp's users write them (GBNF). Names, then {@code ::=}, then what the name
 * stands for; the whole answer is a {@code root}:
 *
 * <pre>
 * root ::= "[" (item ("," item)*)? "]"   # a list
 * item ::= [0-9]{1,3} | "none"
 * </pre>
 */
package io.flinkmistral.constraint.gbnf;
