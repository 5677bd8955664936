package io.flinkmistral.weights;

import io.flinkmistral.tokenizer.Vocabulary;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a model's files say of dialogues, beside the vocabulary.
 *
 * @param endIds ids that end an answer, beside EOS
 * @param template the template that the files bring: it is looked at, and never evaluated
 * @param tokenizerVersion that a tokenizer's file has, in its name or in it, such as {@code v3}
 */
public record ChatFormat(
    Set<Integer> endIds, Optional<String> template, Optional<String> tokenizerVersion) {
  /** Nothing is said. */
  public static final ChatFormat NONE =
      new ChatFormat(Set.of(), Optional.empty(), Optional.empty());

  public ChatFormat {
    endIds = Set.copyOf(endIds);
  }

  /** The ids among those that a file names; others end nothing, which the listener is told. */
  public static Set<Integer> endsIn(Set<Long> ids, Vocabulary vocabulary, LoadListener listener) {
    Set<Integer> ends = new TreeSet<>();
    for (long id : ids) {
      if (id >= 0 && id < vocabulary.size()) {
        ends.add((int) id);
      } else {
        listener.warning(
            "%d is to end answers, but is no id of the vocabulary, which has %d pieces"
                .formatted(id, vocabulary.size()));
      }
    }
    ends.remove(vocabulary.eosId());
    return ends;
  }
}
