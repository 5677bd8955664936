package io.flinkmistral.engine.batch;

import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.generation.Drawn;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.model.pass.SequenceInput;
import java.util.List;

/**
 * What one forward pass computes.
 *
 * @param parts who takes part with what
 */
public record Pass(List<Part> parts) {
  /** There is nothing to be computed. */
  static final Pass NONE = new Pass(List.of());

  /**
   * A sequence, and the tokens that it brings.
   *
   * @param input perhaps without tokens, where it has taken over some
   * @param shared tokens that it has taken over before the pass, and whose pages it is to tell of
   */
  public record Part(Member member, Sequence sequence, SequenceInput input, int shared) {
    boolean isComputed() {
      return input.tokens().length > 0;
    }

    Progress.Advanced advanced(PassEnd pass, Outcome.Done done) {
      return new Progress.Advanced(
          sequence,
          pass,
          input.tokens().length + shared,
          done.drawn(),
          sequence.hasEnded(),
          done.filled(),
          sequence.cache().firstPage());
    }
  }

  /** What came of a part. */
  public sealed interface Outcome {
    /**
     * It was taken in.
     *
     * @param drawn the tokens that were drawn, or had to follow one
     * @param filled pages that have become full
     */
    record Done(List<Drawn> drawn, List<KvPage> filled) implements Outcome {
      public Done {
        drawn = List.copyOf(drawn);
        filled = List.copyOf(filled);
      }
    }

    /** Its sequence cannot go on. */
    record Failed(Throwable cause) implements Outcome {}
  }

  /** Runs a pass: the outcomes of its parts, in their order. */
  public interface Runner {
    List<Outcome> run(Pass pass);
  }

  public Pass {
    parts = List.copyOf(parts);
  }

  /** It is over now. */
  PassEnd end() {
    int tokens = parts.stream().mapToInt(part -> part.input().tokens().length).sum();
    int sequences = (int) parts.stream().filter(Part::isComputed).count();
    return new PassEnd(System.nanoTime(), sequences, tokens);
  }

  /** What the model takes in: of parts that bring tokens, in their order. */
  public List<SequenceInput> inputs() {
    return parts.stream().filter(Part::isComputed).map(Part::input).toList();
  }
}
