/**
 * Holds answers to a form: which tokens may come next, so that the text is one of a {@link
 * io.flinkmistral.constraint.Grammar}.
 */
package io.flinkmistral.constraint;
