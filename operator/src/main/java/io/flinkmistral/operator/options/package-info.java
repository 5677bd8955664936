/**
 * What the operators can be told, by {@code ConfigOption}s with their ranges, and the checked
 * settings that they work with.
 *
 * <p>An example: {@code kv.memory} is a gigabyte where nothing is said; what is out of range is
 * refused with its name before a job begins.
 *
 * <pre>{@code
 * Configuration options = new Configuration();
 * options.set(MistralOptions.MODEL_PATH, "/models/mistral.gguf");
 * MistralSettings settings = MistralSettings.of(options); // or an IllegalArgumentException
 * }</pre>
 */
package io.flinkmistral.operator.options;
