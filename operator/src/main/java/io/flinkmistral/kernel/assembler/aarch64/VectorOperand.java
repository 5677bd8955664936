package io.flinkmistral.kernel.assembler.aarch64;

/** What some vector instructions take last: all lanes, or one for all. */
public sealed interface VectorOperand permits Vector, Lane {}
