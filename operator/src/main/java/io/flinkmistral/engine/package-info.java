/**
 * The engine: models that are loaded, and the one batch of all who share a model. No Flink in here.
 *
 * <p>An example: a caller without conversations asks for an answer.
 *
 * <pre>{@code
 * LanguageModel model = LanguageModel.load(ModelSettings.of("mistral.gguf"), LoadListener.NONE);
 * try (StatelessClient client = model.stateless(settings)) {
 *   Completion answer = client.complete(request, piece -> System.out.print(piece.text())).join();
 * }
 * }</pre>
 *
 * <p>Whoever keeps conversations is an {@link io.flinkmistral.engine.EngineClient} itself, with
 * caches of its own:
 *
 * <pre>{@code
 * EngineClient client = model.engine().join(limits, signal);  // signal: "look again"
 * if (client.tryTakePlace()) {
 *   client.start(model.generate(request, prompt, ...));
 * }
 * for (Progress progress : client.take()) { ... }             // tokens, full pages, the end
 * }</pre>
 *
 * <p>Inside, {@link io.flinkmistral.engine.Engine} has the thread that runs passes, {@code Batch}
 * who is in it, {@code BatchScheduler} what the next pass computes. The engine never waits for a
 * client, and no text depends on what is decoded beside it.
 */
package io.flinkmistral.engine;
