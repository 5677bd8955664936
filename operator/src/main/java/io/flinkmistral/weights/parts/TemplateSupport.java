package io.flinkmistral.weights.parts;

import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.ConfigFields;
import java.util.Set;

/** Which models cannot be talked with, since the template of their version is not known. */
public final class TemplateSupport {
  private static final Set<String> KNOWN = Set.of("v1", "v2", "v3", "v7");

  private TemplateSupport() {}

  /**
   * @param key that tells the version
   * @throws MalformedModelException where the model needs a template that is not known
   */
  public static Vocabulary require(Vocabulary vocabulary, ConfigFields fields, String key)
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
