/**
 * The topics of a chat job, in one list.
 *
 * <pre>{@code
 * String answers = ChatTopic.COMPLETIONS.in(options);
 * admin.createTopics(ChatTopic.plan(options, 4, 1 << 20));
 * }</pre>
 */
package io.flinkmistral.jobs.topics;
