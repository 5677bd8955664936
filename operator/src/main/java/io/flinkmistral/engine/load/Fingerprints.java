package io.flinkmistral.engine.load;

import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.tokenizer.FingerprintInput;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.weights.ModelFile;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeSet;

/**
 * Digests that tell whether what was computed once is what would be computed now.
 *
 * @param tokenizer of the vocabulary: tokens of a history mean the same
 * @param kv of weights, shape, window, template, page layout and arithmetic: cached keys and values
 *     are the same, bit for bit
 * @param system of all that, and where answers end: what answers carry
 */
public record Fingerprints(String tokenizer, String kv, String system) {

  public static Fingerprints of(ModelFile file, ModelBlueprint model, Kernels kernels) {
    String tokenizer = ofTokenizer(model.tokenizer());
    String kv =
        new Digest()
            .add(file.fingerprint())
            .add(model.config())
            .add(tokenizer)
            .add(model.template().fingerprint())
            .add(model.layout())
            .add(kernels.arithmetic())
            .hex();
    AnswerTokens ends = model.answerTokens();
    String answers =
        new Digest()
            .add(kv)
            .add(ends.eosId())
            .add(new TreeSet<>(ends.endIds()))
            .add(ends.toolCallsId())
            .hex();
    return new Fingerprints(tokenizer, kv, "fp_" + answers.substring(0, 16));
  }

  public static String ofTokenizer(Tokenizer tokenizer) {
    Digest pieces = new Digest();
    tokenizer.addTo(pieces);
    return pieces.hex();
  }

  private static final class Digest implements FingerprintInput {
    private final MessageDigest sha256;

    Digest() {
      try {
        sha256 = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-256", e);
      }
    }

    Digest add(Object value) {
      sha256.update(value.toString().getBytes(StandardCharsets.UTF_8));
      sha256.update((byte) 0);
      return this;
    }

    @Override
    public void text(String text) {
      add(text);
    }

    @Override
    public void number(int number) {
      add(number);
    }

    @Override
    public void flag(boolean flag) {
      add(flag);
    }

    String hex() {
      return HexFormat.of().formatHex(sha256.digest(), 0, 16);
    }
  }
}
