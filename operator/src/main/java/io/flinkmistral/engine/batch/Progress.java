package io.flinkmistral.engine.batch;

import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.generation.Drawn;
import io.flinkmistral.generation.Sequence;
import java.util.List;

/** What a client is told of its sequences, in the order in which it came about. */
public sealed interface Progress {
  /**
   * A pass took in tokens. With the last one of a sequence, {@link Sequence#hasEnded} is true, and
   * the sequence is the client's again.
   *
   * @param pass in which it was
   * @param tokens of the sequence that were taken in, or taken over from others
   * @param drawn the tokens that were drawn, or had to follow one
   * @param filled pages that have become full
   * @param firstPage the first page that later tokens see
   */
  record Advanced(
      Sequence sequence,
      PassEnd pass,
      int tokens,
      List<Drawn> drawn,
      boolean ended,
      List<KvPage> filled,
      int firstPage)
      implements Progress {
    public Advanced {
      drawn = List.copyOf(drawn);
      filled = List.copyOf(filled);
    }
  }

  /** It was cancelled and has left the batch: it is the client's again. */
  record Cancelled(Sequence sequence) implements Progress {}

  /**
   * A pass with sequences of the client has failed, or what was made of one sequence's logits, or
   * the model was closed. All sequences of the client have left, and it can start no more.
   */
  record Failed(Throwable cause) implements Progress {}
}
