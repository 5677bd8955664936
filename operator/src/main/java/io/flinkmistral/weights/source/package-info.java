/**
 * Bytes of a file, mapped and read with checks: each read beyond the end, each number that is too
 * great, ends in a {@link io.flinkmistral.weights.MalformedModelException} that says where.
 *
 * <pre>
 * new ByteCursor(file, 8).integer("the number of tensors")
 *     "the file is cut: the number of tensors takes 8 bytes, but 3 are left"
 * JsonFields.read(file).number("hidden_size")      4096, or which field is missing
 * </pre>
 */
package io.flinkmistral.weights.source;
