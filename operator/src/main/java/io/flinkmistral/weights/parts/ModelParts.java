package io.flinkmistral.weights.parts;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.source.MappedFile;
import io.flinkmistral.weights.tensors.TensorNaming;
import io.flinkmistral.weights.tensors.TensorTable;
import java.util.Optional;

/**
 * What the files of one model say, before tensors and configuration are held against each other.
 *
 * @param main the file to blame for what is missing
 * @param chat what they say of dialogues, beside the vocabulary
 * @param mayBeTied whether the embedding is the output where there is no tensor for that
 */
public record ModelParts(
    MappedFile main,
    TransformerConfig config,
    TensorTable tensors,
    TensorNaming naming,
    Optional<Vocabulary> vocabulary,
    ChatFormat chat,
    boolean mayBeTied) {}
