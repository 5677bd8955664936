/**
 * What Flink finds by its name: the provider and the module {@code mistral}. These classes, and no
 * others, run on Java 17, too, where they say in one line which Java is needed.
 */
package io.flinkmistral.table.factory;
