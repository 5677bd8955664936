/**
 * The chat job: prompts from Kafka, through the model, back to Kafka. {@link
 * io.flinkmistral.jobs.ChatJob} is what {@code flink run} starts, {@link
 * io.flinkmistral.jobs.ChatPipeline} the job itself, for an environment of one's own:
 *
 * <pre>{@code
 * Configuration options = JobArguments.parse(System.getenv(), "--model.path", "/m.gguf");
 * ChatPipeline.add(env, options);
 * env.execute("chat");
 * }</pre>
 *
 * <p>What is in the job's jar: this package, {@code options}, {@code topics}, {@code json}, {@code
 * kafka}, {@code rocksdb}, {@code client}. What runs it on one machine is not: {@code local},
 * {@code demo}, {@code cluster}.
 */
package io.flinkmistral.jobs;
