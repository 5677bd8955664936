package io.flinkmistral.weights.gguf;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TransformerConfig;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** All of a GGUF file that stands before the tensors; the layout is in {@link GgufFile}. */
final class GgufHeader {
  private static final int ALIGNMENT = 32;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
  private int count;

  private GgufHeader() {}

  static byte[] of(ModelFile model, QuantizationMix mix, List<GgufTensorPlan> plan) {
    GgufHeader header = new GgufHeader();
    header.putConfig(model, mix);
    model.vocabulary().ifPresent(header::putVocabulary);
    header.putChat(model.chat());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    number(out, 3, 4);
    number(out, plan.size(), 8);
    number(out, header.count, 8);
    out.writeBytes(header.entries.toByteArray());
    long offset = 0;
    for (GgufTensorPlan tensor : plan) {
      string(out, tensor.name());
      // Norms are vectors, and only norms have one row: a vocabulary has more.
      boolean vector = tensor.source().rows() == 1;
      number(out, vector ? 1 : 2, 4);
      number(out, tensor.source().columns(), 8);
      if (!vector) {
        number(out, tensor.source().rows(), 8);
      }
      number(out, tensor.type().ggufCode(), 4);
      number(out, offset, 8);
      offset += tensor.bytes() + padding(tensor.bytes());
    }
    out.writeBytes(new byte[padding(out.size())]);
    return out.toByteArray();
  }

  /** Bytes from {@code size} to the next multiple of the alignment. */
  static int padding(long size) {
    return Math.floorMod(-size, ALIGNMENT);
  }

  private void putConfig(ModelFile model, QuantizationMix mix) {
    TransformerConfig config = model.config();
    putString("general.architecture", "llama");
    putString("general.name", model.name());
    putInt("general.file_type", mix.fileType());
    putInt("general.quantization_version", 2);
    putInt("llama.block_count", config.layers());
    putInt("llama.context_length", config.contextLength());
    putInt("llama.embedding_length", config.dim());
    putInt("llama.feed_forward_length", config.hiddenDim());
    putInt("llama.attention.head_count", config.heads());
    putInt("llama.attention.head_count_kv", config.kvHeads());
    putInt("llama.attention.key_length", config.headDim());
    putInt("llama.attention.value_length", config.headDim());
    putInt("llama.rope.dimension_count", config.headDim());
    putInt("llama.vocab_size", config.vocabularySize());
    // 0 is no window: a file without the key might be taken for Mistral 7B v0.1.
    putInt("llama.attention.sliding_window", config.window().orElse(0));
    putFloat("llama.attention.layer_norm_rms_epsilon", config.normEpsilon());
    putFloat("llama.rope.freq_base", (float) config.ropeTheta());
  }

  private void putVocabulary(Vocabulary vocabulary) {
    switch (vocabulary) {
      case SentencePieceVocabulary pieces -> putSentencePiece(pieces);
      case TekkenVocabulary pieces -> putTekken(pieces);
      default ->
          throw new IllegalArgumentException(
              "a tokenizer of the kind %s cannot be written"
                  .formatted(vocabulary.getClass().getSimpleName()));
    }
    putInt("tokenizer.ggml.bos_token_id", vocabulary.bosId());
    putInt("tokenizer.ggml.eos_token_id", vocabulary.eosId());
    putFlag("tokenizer.ggml.add_bos_token", true);
    putFlag("tokenizer.ggml.add_eos_token", false);
  }

  private void putTekken(TekkenVocabulary vocabulary) {
    putString("tokenizer.ggml.model", "gpt2");
    putString("tokenizer.ggml.pre", GgufTekken.TEKKEN);
    putString(GgufTekken.VERSION, vocabulary.templateVersion());
    putArray("tokenizer.ggml.tokens", STRING, vocabulary.size());
    GgufTekken.tokens(vocabulary).forEach(token -> string(entries, token));
    putTypes(vocabulary.types());
    List<String> merges = GgufTekken.merges(vocabulary);
    putArray(GgufTekken.MERGES, STRING, merges.size());
    merges.forEach(merge -> string(entries, merge));
    putFlag("tokenizer.ggml.add_space_prefix", false);
  }

  private void putSentencePiece(SentencePieceVocabulary vocabulary) {
    putString("tokenizer.ggml.model", "llama");
    putString("tokenizer.ggml.pre", "default");
    putArray("tokenizer.ggml.tokens", STRING, vocabulary.size());
    vocabulary.pieces().forEach(piece -> string(entries, piece));
    putArray("tokenizer.ggml.scores", FLOAT32, vocabulary.size());
    for (float score : vocabulary.scores()) {
      number(entries, Float.floatToRawIntBits(score), 4);
    }
    putTypes(vocabulary.types());
    putInt("tokenizer.ggml.unknown_token_id", vocabulary.unknownId());
    putFlag("tokenizer.ggml.add_space_prefix", vocabulary.addDummyPrefix());
    if (vocabulary.removeExtraSpaces()) {
      putFlag("tokenizer.ggml.remove_extra_whitespaces", true);
    }
  }

  private void putTypes(List<PieceType> types) {
    putArray("tokenizer.ggml.token_type", INT32, types.size());
    for (PieceType type : types) {
      number(entries, type.code(), 4);
    }
  }

  /** There are keys for two ends beside EOS, and models have no more. */
  private void putChat(ChatFormat chat) {
    chat.template().ifPresent(template -> putString(GgufChat.TEMPLATE, template));
    List<Integer> ends = chat.endIds().stream().sorted().toList();
    for (int i = 0; i < Math.min(ends.size(), GgufChat.ENDS.length); i++) {
      putInt(GgufChat.ENDS[i], ends.get(i));
    }
  }

  private void putString(String key, String value) {
    key(key, STRING);
    string(entries, value);
  }

  private void putInt(String key, int value) {
    key(key, UINT32);
    number(entries, value, 4);
  }

  private void putFloat(String key, float value) {
    key(key, FLOAT32);
    number(entries, Float.floatToRawIntBits(value), 4);
  }

  private void putFlag(String key, boolean value) {
    key(key, BOOL);
    number(entries, value ? 1 : 0, 1);
  }

  private void putArray(String key, int type, int length) {
    key(key, ARRAY);
    number(entries, type, 4);
    number(entries, length, 8);
  }

  private void key(String key, int type) {
    string(entries, key);
    number(entries, type, 4);
    count++;
  }

  private static void string(ByteArrayOutputStream out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    number(out, utf8.length, 8);
    out.writeBytes(utf8);
  }

  private static void number(ByteArrayOutputStream out, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> 8 * i));
    }
  }
}
