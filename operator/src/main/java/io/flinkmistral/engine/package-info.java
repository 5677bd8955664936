/**
 * Models that are loaded. No Flink in here.
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
 * <p>Whoever keeps conversations is a client of the model's {@link io.flinkmistral.engine.batch
 * batch} itself, with caches of its own.
 */
package io.flinkmistral.engine;
