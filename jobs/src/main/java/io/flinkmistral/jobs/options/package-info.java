/**
 * The options of the job: where they come from (arguments, environment), what each allows, by
 * itself and beside others, and the table that documents them. An option is defined once, in {@link
 * io.flinkmistral.jobs.options.ChatJobOptions} or the operator's {@code MistralOptions}:
 *
 * <pre>{@code
 * Configuration options = JobArguments.parse(System.getenv(), "--checkpoint.interval", "5 s");
 * Duration interval = options.get(ChatJobOptions.CHECKPOINT_INTERVAL);
 * }</pre>
 */
package io.flinkmistral.jobs.options;
