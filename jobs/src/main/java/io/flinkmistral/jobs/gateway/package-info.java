/**
 * The gateway: an HTTP server that speaks as OpenAI's services do, in front of the topics. A call
 * becomes a record of the prompts topic ({@code openai}, {@code topics}); what the job says of it
 * comes back from the other topics to who waits ({@code topics}), and goes out as JSON or as events
 * ({@code http}). None of it is in the job's jar.
 */
package io.flinkmistral.jobs.gateway;
