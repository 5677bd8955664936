/**
 * Which tokens an answer may go on with, so that its text is one of a grammar's.
 *
 * <pre>{@code
 * AnswerVocabulary vocabulary = new AnswerVocabulary(tokenizer, logits, eosId, Set.of(eosId));
 * TokenGrammar grammar = new TokenGrammar(machine, vocabulary); // for all answers of this form
 * ConstrainedText text = grammar.newText();
 * TokenMask allowed = text.allowed();
 * text.accept(token);
 * }</pre>
 *
 * <p>A token may end in the middle of a character; the machine goes by bytes. Where only one text
 * can follow, its tokens are {@link io.flinkmistral.constraint.tokens.ConstrainedText#forced
 * forced}, and need no logits.
 */
package io.flinkmistral.constraint.tokens;
