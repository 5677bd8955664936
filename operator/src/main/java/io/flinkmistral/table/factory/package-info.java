/**
 * What Flink finds by its name: the provider and the module {@code mistral}. These classes, and no
 * others, run on Java 17, too, where they say in one line which Java is needed.
 *
 * <pre>
 *   'provider' = 'mistral'   MistralModelProviderFactory
 *   LOAD MODULE mistral      MistralModuleFactory
 * </pre>
 */
package io.flinkmistral.table.factory;
