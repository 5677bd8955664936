/**
 * Prompts with columns of a record in them, and how they are fitted into the context.
 *
 * <pre>
 *   Classify: {{text}}  +  text = "Hi {{name}}"   --&gt;  Classify: Hi {{name}}
 * </pre>
 *
 * Columns are filled in one pass: a record's text is never a template. What is too long is cut out
 * of the record's text ({@code ContextRoom}), never out of the template.
 */
package io.flinkmistral.task.prompt;
