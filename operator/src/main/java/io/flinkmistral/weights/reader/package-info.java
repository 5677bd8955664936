/**
 * The way in: a path, and a model comes out.
 *
 * <pre>
 * try (Arena arena = Arena.ofShared()) {
 *   ModelFile model = ModelReader.open(Path.of("model.gguf"), arena, listener);
 * }
 * </pre>
 *
 * {@link io.flinkmistral.weights.reader.FileStamps} tells later whether the files are still those.
 */
package io.flinkmistral.weights.reader;
