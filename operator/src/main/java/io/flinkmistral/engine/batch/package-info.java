/**
 * The one batch of all who share a model, and the thread that runs its passes. It knows sequences
 * and what computes a pass, and no model.
 *
 * <p>An example: a client has a sequence decoded.
 *
 * <pre>{@code
 * EngineClient client = model.engine().join(limits, signal);  // signal: "look again"
 * if (client.tryTakePlace()) {
 *   client.start(model.generate(request, prompt, ...));
 * }
 * for (Progress progress : client.take()) { ... }             // tokens, full pages, the end
 * }</pre>
 *
 * <p>{@link io.flinkmistral.engine.batch.Engine} has the thread, {@code Batch} who is decoded,
 * {@code Member} what a client holds and has to be told, {@code BatchScheduler} what the next
 * {@link io.flinkmistral.engine.batch.Pass} computes. The engine never waits for a client, and no
 * text depends on what is decoded beside it.
 */
package io.flinkmistral.engine.batch;
