package io.flinkmistral.kernel.assembler;

/** What most vector instructions take last: a register or memory. */
public sealed interface VectorOperand permits VectorRegister, Memory {}
