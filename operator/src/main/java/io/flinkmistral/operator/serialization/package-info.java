/**
 * How what travels between tasks, and what state keeps of it, is written as bytes.
 *
 * <p>The first byte is the version of the form that follows. A request of version 6, as an example,
 * is the byte 6 and then its fields, of which {@code PromptForm}, {@code SamplingForm}, {@code
 * ConstraintForm} and {@code ModerationForm} write their part; versions 1 to 5 are still read.
 *
 * <p>The records of state are in {@link io.flinkmistral.operator}, each with its serializer: the
 * names of those classes are in savepoints, so they stay there.
 */
package io.flinkmistral.operator.serialization;
