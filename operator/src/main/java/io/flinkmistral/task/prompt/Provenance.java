package io.flinkmistral.task.prompt;

import io.flinkmistral.protocol.FinishReason;
import java.util.Optional;

/**
 * Where a result came from.
 *
 * @param model fingerprint of all that a result depends on, beside task and prompt
 * @param promptHash of the prompt with the record's text; equal prompts have equal ones
 * @param promptTokens tokens that were taken in
 * @param completionTokens tokens that were drawn
 * @param truncated whether the record's text was cut to fit the context
 * @param finishReason why the answer ended, where one was written
 */
public record Provenance(
    String model,
    String promptHash,
    int promptTokens,
    int completionTokens,
    boolean truncated,
    Optional<FinishReason> finishReason) {}
