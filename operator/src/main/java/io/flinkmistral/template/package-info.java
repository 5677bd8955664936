/**
 * The form in which instruct models see a dialogue, and the JSON of tools inside it, both ways.
 *
 * <pre>{@code
 * InstructTemplate template = InstructTemplate.forVocabulary(tokenizer.vocabulary());
 * int[] prompt = template.renderDialogue(tokenizer, List.of(ChatMessage.user("Why?")), List.of());
 * }</pre>
 *
 * <p>A dialogue is put together from ids: a control piece is its id, and a text is encoded as text,
 * whatever it looks like. The template that a model's file brings is looked at, never run.
 */
package io.flinkmistral.template;
