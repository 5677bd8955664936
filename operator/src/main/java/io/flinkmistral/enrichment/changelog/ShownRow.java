package io.flinkmistral.enrichment.changelog;

/**
 * What was said last of a key.
 *
 * @param digest of what its result depends on; {@link ChangeEnricher#NONE} for one that is not to
 *     be repeated
 * @param takenBack whether it was taken back, to be replaced
 * @param row with its result, as an insertion
 */
record ShownRow<O>(String digest, boolean takenBack, O row) {
  boolean isResultOf(String other) {
    return !digest.equals(ChangeEnricher.NONE) && digest.equals(other);
  }

  ShownRow<O> asTakenBack() {
    return new ShownRow<>(digest, true, row);
  }
}
