package io.flinkmistral.generation;

import io.flinkmistral.generation.logprobs.TokenLogprobs;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.Piece;
import java.util.Optional;

/**
 * A token of an answer.
 *
 * @param token its id
 * @param logprobs how likely it was, where that was asked for
 * @param piece text that has become certain with it, if any
 * @param completion the whole answer that it is of, with its last token
 */
public record Drawn(
    int token,
    Optional<TokenLogprobs> logprobs,
    Optional<Piece> piece,
    Optional<Completion> completion) {}
