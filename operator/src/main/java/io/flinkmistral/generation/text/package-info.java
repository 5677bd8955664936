/**
 * What an answer says as its tokens come in: text that is certain, and calls of tools in it.
 *
 * <pre>
 *   tokens    "Hel" "lo" " ST" "OP"     stop text " STOP"
 *   pieces    "Hel" "lo"  -             held back: it could be the beginning of the stop text
 *   at last   "Hello", finish reason stop
 * </pre>
 *
 * A {@link io.flinkmistral.generation.text.Piece} never has half a character, nor text that a stop
 * text may cut off. {@link io.flinkmistral.generation.text.AnswerSoFar} is what a restore brings
 * back: the same tokens give the same pieces.
 */
package io.flinkmistral.generation.text;
