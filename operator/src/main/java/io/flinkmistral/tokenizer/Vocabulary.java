package io.flinkmistral.tokenizer;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The pieces of a model's tokenizer, as its files hold them; a piece's index is its id. What kind
 * of vocabulary it is decides how texts are encoded: {@link #tokenizer}.
 */
public interface Vocabulary {
  int size();

  /** The text of each piece as the files spell it, which is not that of the answer. */
  List<String> pieces();

  /** Id of the beginning of a sequence. */
  int bosId();

  /** Id of its end. */
  int eosId();

  /** Text to id of the pieces that a template is put together from, such as {@code [INST]}. */
  Map<String, Integer> controls();

  /** The version of the instruct template that models with this vocabulary are trained on. */
  String templateVersion();

  /**
   * The same with every piece that steers the model typed as such, whatever its file calls it, so
   * that no text becomes one of them.
   *
   * @param ends ids that end an answer
   */
  Vocabulary withControls(Collection<Integer> ends);

  /**
   * The tokenizer that encodes with these pieces.
   *
   * @throws IllegalArgumentException where the vocabulary contradicts itself
   */
  Tokenizer tokenizer();

  /** Gives all that the files say of the pieces. */
  void addTo(FingerprintInput input);
}
