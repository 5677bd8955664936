/**
 * The other side of the topics: who creates them, and who asks and reads answers.
 *
 * <pre>{@code
 * try (ChatClient client = new ChatClient(options, false)) {
 *   PromptLine line = PromptLine.of(json, "r-1");
 *   client.send(line.key(), line.value());
 *   client.poll(Duration.ofSeconds(1)).forEach(outcome -> ...);
 * }
 * }</pre>
 */
package io.flinkmistral.jobs.client;
