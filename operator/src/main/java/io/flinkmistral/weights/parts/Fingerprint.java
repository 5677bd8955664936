package io.flinkmistral.weights.parts;

import io.flinkmistral.tokenizer.FingerprintInput;
import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.tensors.TensorEntry;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * SHA-256 over the configuration, every tensor's name, type and shape, samples of its bytes, and
 * the vocabulary. It depends neither on paths and times nor on the order of tensors in a file.
 *
 * <p>A tensor of at most 16 KiB is taken whole. Of a greater one, the first and the last 4 KiB are,
 * and 4 KiB at each of 2 places between, at equal distances: 16 KiB, so that a model of 4 GB is
 * known after reading 5 MB at 900 places (each of which makes the operating system read some more).
 * Two models that differ in nothing but a few numbers elsewhere have the same fingerprint; training
 * moves all of them.
 */
public final class Fingerprint {
  private static final int ENDS = 4096;
  private static final int SAMPLE = 4096;
  private static final int SAMPLES = 2;
  private static final int WHOLE = 2 * ENDS + SAMPLES * SAMPLE;

  private final MessageDigest digest;

  /** What the digest gets next: it would take longer for many small parts. */
  private final ByteBuffer pending = ByteBuffer.allocate(WHOLE);

  private Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  public static String of(ModelParts parts, LoadListener listener) {
    Fingerprint fingerprint = new Fingerprint();
    fingerprint.add("flinkmistral model 1");
    fingerprint.add(parts.config());
    List<TensorEntry> tensors =
        parts.tensors().all().stream().sorted(Comparator.comparing(TensorEntry::name)).toList();
    long bytes = 0;
    for (int i = 0; i < tensors.size(); i++) {
      fingerprint.add(tensors.get(i));
      bytes += tensors.get(i).bytes();
      listener.progress(i + 1, tensors.size(), bytes, parts.tensors().bytes());
    }
    parts.vocabulary().ifPresent(fingerprint::add);
    return fingerprint.hex();
  }

  private void add(TransformerConfig config) {
    add(config.dim());
    add(config.layers());
    add(config.heads());
    add(config.kvHeads());
    add(config.headDim());
    add(config.hiddenDim());
    add(config.vocabularySize());
    add(Float.floatToIntBits(config.normEpsilon()));
    add(Double.doubleToLongBits(config.ropeTheta()));
    add(config.ropeLayout().name());
    add(config.window().orElse(0));
    add(config.contextLength());
  }

  private void add(TensorEntry tensor) {
    add(tensor.name());
    add(tensor.type().name());
    add(tensor.rows());
    add(tensor.columns());
    MemorySegment data = tensor.file().data().asSlice(tensor.offset(), tensor.bytes());
    long size = tensor.bytes();
    if (size <= WHOLE) {
      add(data, 0, (int) size);
      return;
    }
    add(data, 0, ENDS);
    long distance = (size - SAMPLE) / (SAMPLES + 1);
    for (int i = 1; i <= SAMPLES; i++) {
      add(data, i * distance, SAMPLE);
    }
    add(data, size - ENDS, ENDS);
  }

  private void add(Vocabulary vocabulary) {
    vocabulary.addTo(
        new FingerprintInput() {
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
            add(flag ? 1 : 0);
          }
        });
  }

  private void add(MemorySegment data, long offset, int length) {
    reserve(length);
    pending.put(data.asSlice(offset, length).asByteBuffer());
  }

  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(bytes.length);
    if (bytes.length > WHOLE) {
      flush();
      digest.update(bytes);
    } else {
      reserve(bytes.length);
      pending.put(bytes);
    }
  }

  private void add(long value) {
    reserve(Long.BYTES);
    pending.putLong(value);
  }

  /** Makes room for at most {@link #WHOLE} bytes. */
  private void reserve(int bytes) {
    if (pending.remaining() < bytes) {
      flush();
    }
  }

  private void flush() {
    digest.update(pending.flip());
    pending.clear();
  }

  private String hex() {
    flush();
    return HexFormat.of().formatHex(digest.digest());
  }
}
