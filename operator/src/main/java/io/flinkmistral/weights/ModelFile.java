package io.flinkmistral.weights;

import io.flinkmistral.tokenizer.Vocabulary;
import java.util.Optional;

/**
 * A model as its files hold it: nothing is copied, all weights are views of mapped files.
 *
 * @param name the file's or folder's name, without the ending
 * @param config shape
 * @param weights views that live as long as the arena that they were mapped in
 * @param vocabulary the tokenizer's pieces, where the files hold them
 * @param chat what the files say of dialogues, beside the vocabulary
 * @param fingerprint hexadecimal digest of shape, tensors and vocabulary: the same for the same
 *     files
 * @param bytes size of all files together
 */
public record ModelFile(
    String name,
    TransformerConfig config,
    TransformerWeights weights,
    Optional<Vocabulary> vocabulary,
    ChatFormat chat,
    String fingerprint,
    long bytes) {}
