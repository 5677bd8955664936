/**
 * Reads model files. Surprises: nothing is copied, so weights live as long as the arena that they
 * were mapped in; a file's absent fields have defaults that differ by kind of file (see {@link
 * io.flinkmistral.weights.TransformerConfig} for the outcome); what the engine would compute
 * wrongly is refused by name rather than computed.
 */
package io.flinkmistral.weights;
