package io.flinkmistral.weights;

import io.flinkmistral.tokenizer.Vocabulary;
import java.util.Set;

/** Which models cannot be talked with, since the template of their version is not known. */
final class TemplateSupport {
  private static final Set<String> KNOWN = Set.of("v1", "v2", "v3", "v7");

  private TemplateSupport() {}

  /**
   * @param key that tells the version
   * @throws MalformedModelException where the model needs a template that is not known
   */
  static Vocabulary require(Vocabulary vocabulary, ConfigFields fields, String key)
      throws MalformedModelException {
    String version = vocabulary.templateVersion();
    if (!KNOWN.contains(version)) {
      throw fields.wrong(
          key,
          "is of a tokenizer of version %s: this file's model needs the instruct template %s, which is not supported yet; those up to v7 are"
              .formatted(version, version));
    }
    return vocabulary;
  }
}
