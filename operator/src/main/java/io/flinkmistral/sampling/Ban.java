package io.flinkmistral.sampling;

/** Forbids tokens, unless none would be left: what an earlier step has forbidden counts more. */
final class Ban {
  private Ban() {}

  static void apply(int[] tokens, float[] logits) {
    float[] before = new float[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      before[i] = logits[tokens[i]];
      logits[tokens[i]] = LogitStep.FORBIDDEN;
    }
    if (!hasAllowed(logits)) {
      for (int i = tokens.length - 1; i >= 0; i--) { // Backwards: a token may be there twice.
        logits[tokens[i]] = before[i];
      }
    }
  }

  private static boolean hasAllowed(float[] logits) {
    for (float logit : logits) {
      if (logit > LogitStep.FORBIDDEN) {
        return true;
      }
    }
    return false;
  }
}
