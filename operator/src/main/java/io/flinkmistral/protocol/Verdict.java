package io.flinkmistral.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a moderator says of a text.
 *
 * @param flagged whether something is wrong with it
 * @param categories whether it falls into each of those that were asked for, in their order
 * @param scores how probable that is, of 1; also of what else was judged
 */
public record Verdict(
    boolean flagged, Map<String, Boolean> categories, Map<String, Double> scores) {
  public Verdict {
    categories = Collections.unmodifiableMap(new LinkedHashMap<>(categories));
    scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
  }

  /** The categories that it falls into. */
  public List<String> flaggedCategories() {
    return categories.entrySet().stream()
        .filter(Map.Entry::getValue)
        .map(Map.Entry::getKey)
        .toList();
  }
}
