package io.flinkmistral.weights;

import io.flinkmistral.tokenizer.Vocabulary;
import java.util.Optional;

/**
 * What the files of one model say, before tensors and configuration are held against each other.
 */
record ModelParts(
    MappedFile main,
    TransformerConfig config,
    TensorTable tensors,
    TensorNaming naming,
    Optional<Vocabulary> vocabulary) {}
