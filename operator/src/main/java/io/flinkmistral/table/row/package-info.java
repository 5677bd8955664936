/**
 * Tables that change, through a model, by way of streams of rows.
 *
 * <pre>
 *   +I [1, "It crashes"]              +I [1, "It crashes", "bug"]
 *   -U [1, ...], +U [1, "Lovely"]     -U [1, ...], +U [1, "Lovely", "praise"]
 * </pre>
 *
 * {@code EnrichedColumns} knows the columns of both; {@code PromptReader} and {@code AnswerRows} do
 * the same for conversations.
 */
package io.flinkmistral.table.row;
