package io.flinkmistral.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.reader.ModelReader;
import io.flinkmistral.weights.tensors.TensorNaming;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that lie, one lie each, and the words in which they are refused. */
class HostileFilesTest {
  private static final int MILLION = 1_000_000;

  @TempDir Path folder;

  @Test
  void overlappingTensorsAreRefused() throws Exception {
    GgufBytes gguf = TinyModel.gguf();
    GgufBytes.Tensor last = gguf.tensors().removeLast();
    gguf.tensor(
        new GgufBytes.Tensor(last.name(), last.type(), last.dimensions(), 64, new byte[1024]));
    refused(gguf.build()).hasMessageContaining("within tensor token_embd.weight");

    SafetensorsBytes weights = safetensors();
    weights.declare("lm_head.weight", "BF16", 2, 2 + 8 * 32 * 2, 8, 32);
    refused(weights).hasMessageContaining("within tensor model.embed_tokens.weight");
  }

  @Test
  void duplicatesAreRefused() throws Exception {
    GgufBytes gguf = TinyModel.gguf();
    gguf.tensor("output.weight", DataType.F32, new byte[8 * 32 * 4], 32, 8);
    refused(gguf.build()).hasMessageContaining("output.weight is declared twice");

    String header = TinyModel.json(safetensors().header());
    refused(
            safetensors()
                .build(header.substring(0, header.length() - 1) + ",\"lm_head.weight\":{}}"))
        .hasMessageContaining("Duplicate");

    byte[] twice = TinyModel.gguf().put("llama.context_lengthX", 5).build();
    int at = new String(twice, StandardCharsets.ISO_8859_1).indexOf("llama.embedding_length");
    System.arraycopy(
        "general.architecturexx".getBytes(StandardCharsets.US_ASCII), 0, twice, at, 22);
    refused(twice).hasMessageContaining("llama.embedding_length is missing");
  }

  @Test
  void aTensorWithoutAPlaceIsRefused() throws Exception {
    GgufBytes gguf = TinyModel.gguf();
    gguf.tensor("blk.0.attn_q.bias", DataType.F32, new byte[24 * 4], 24);
    refused(gguf.build())
        .hasMessageContaining("tensor blk.0.attn_q.bias has no place in a model of 2 layers");
    refused(safetensors().tensor("model.layers.0.self_attn.q_proj.bias", "BF16", new byte[48], 24))
        .hasMessageContaining("has no place");
  }

  @Test
  void rotaryFrequenciesAreLeftOut() throws Exception {
    SafetensorsBytes weights =
        safetensors()
            .tensor("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", new byte[12], 3);
    Files.createDirectories(folder);
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig(), weights);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(ModelReader.open(folder, arena, LoadListener.NONE).config().layers()).isEqualTo(2);
    }
  }

  @Test
  void unknownTypesAreNamed() throws Exception {
    GgufBytes gguf = TinyModel.gguf();
    GgufBytes.Tensor last = gguf.tensors().removeLast();
    gguf.tensor(
        new GgufBytes.Tensor(last.name(), 22, last.dimensions(), last.offset(), last.data()));
    refused(gguf.build()).hasMessageContaining("output.weight has the type 22 (IQ2_S)");
    refused(safetensors().declare("lm_head.weight", "F8_E4M3", 0, 256, 8, 32))
        .hasMessageContaining("lm_head.weight has the dtype F8_E4M3");
  }

  @Test
  void rowsMustBeWholeBlocks() throws Exception {
    GgufBytes gguf = TinyModel.gguf();
    GgufBytes.Tensor last = gguf.tensors().removeLast();
    gguf.tensor("output.weight", DataType.Q4_K, last.data(), 32, 8);
    refused(gguf.build()).hasMessageContaining("rows of 32 numbers, which are no whole blocks");
  }

  @Test
  void aTensorBeyondTheFileIsRefused() throws Exception {
    byte[] bytes = TinyModel.gguf().build();
    byte[] cut = new byte[bytes.length - 1];
    System.arraycopy(bytes, 0, cut, 0, cut.length);
    refused(cut)
        .hasMessageContaining("tensor output.weight of 8 x 32 F32 takes 1024 bytes")
        .hasMessageContaining("but the file ends at byte " + cut.length);
  }

  @Test
  void messagesStayOnOneLine() throws Exception {
    GgufBytes gguf = TinyModel.gguf();
    gguf.put("general.architecture", "a\nb\u001b[31m" + "x".repeat(10_000));
    refused(gguf.build())
        .hasMessageContaining("a\\u000ab\\u001b[31m")
        .message()
        .hasSizeLessThan(1000)
        .hasLineCount(1);
  }

  @Test
  void aMillionEntriesAreRefusedBeforeTheyAreRead() throws Exception {
    LittleEndian gguf = new LittleEndian().number(0x46554747, 4).number(3, 4).number(0, 8);
    gguf.number(MILLION, 8).raw(new byte[13 * MILLION]);
    refused(gguf.toByteArray()).hasMessageContaining("at byte 16: the file declares 1000000");

    LittleEndian tensors = new LittleEndian().number(0x46554747, 4).number(3, 4);
    tensors.number(MILLION, 8).number(0, 8).raw(new byte[32 * MILLION]);
    refused(tensors.toByteArray()).hasMessageContaining("at byte 8: the file declares 1000000");

    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < MILLION; i++) {
      header.append('"').append(i).append("\":0,");
    }
    refused(safetensors().build(header + "\"x\":0}"))
        .hasMessageContaining("the object has more than 65536 fields");
  }

  @Test
  void deepJsonIsRefused() throws Exception {
    for (String opening : new String[] {"[", "{\"a\":"}) {
      TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
      Files.writeString(folder.resolve("config.json"), "{\"a\":" + opening.repeat(MILLION));
      refusedPath(folder).hasMessageContaining("nesting depth");
      refused(safetensors().build("{\"a\":" + opening.repeat(MILLION)))
          .hasMessageContaining("nesting depth");
    }
  }

  @Test
  void deepAndLongTokenizersAreRefused() throws Exception {
    Path json = folder.resolve("tokenizer.json");
    Files.writeString(json, "{\"model\":" + "{\"a\":".repeat(MILLION));
    refusedVocabulary(json).hasMessageContaining("nesting depth");
    Files.writeString(json, "{\"model\":" + "[".repeat(MILLION));
    refusedVocabulary(json).hasMessageContaining("nesting depth");
    StringBuilder vocabulary = new StringBuilder("{\"model\":{\"byte_fallback\":true,\"vocab\":{");
    for (int i = 0; i < MILLION; i++) {
      vocabulary.append('"').append(i).append("\":").append(MILLION + i).append(',');
    }
    Files.writeString(json, vocabulary + "\"x\":0}}}");
    refusedVocabulary(json).hasMessageContaining("has the id 10");

    Path proto = folder.resolve("tokenizer.model");
    ProtoBytes pieces = new ProtoBytes();
    byte[] piece = new ProtoBytes().bytes(1, new byte[] {'x'}).toByteArray();
    for (int i = 0; i <= 1 << 20; i++) {
      pieces.bytes(1, piece);
    }
    Files.write(proto, pieces.toByteArray());
    refusedVocabulary(proto).hasMessageContaining("more than the 1048576 pieces that are read");
  }

  @Test
  void piecesThatTakeTooLongToFallApartAreRefused() throws Exception {
    ProtoBytes pieces = TinyModel.tokenizerModel();
    byte[] piece =
        new ProtoBytes().bytes(1, "x".repeat(512).getBytes(StandardCharsets.UTF_8)).toByteArray();
    for (int i = 0; i < 1 << 14; i++) {
      pieces.bytes(1, piece);
    }
    Path proto = Files.write(folder.resolve("tokenizer.model"), pieces.toByteArray());
    refusedVocabulary(proto).hasMessageContaining("the 16392 pieces are too long");
  }

  @Test
  void aMillionEntriesOfAZipFileAreRefused() throws Exception {
    TinyModel.writeConsolidated(folder, TinyModel.params());
    Files.delete(folder.resolve("consolidated.safetensors"));
    LittleEndian zip = new LittleEndian().raw(new byte[46 * MILLION]);
    int zip64 = zip.size();
    zip.number(0x06064b50, 4).raw(new byte[28]).number(MILLION, 8).raw(new byte[8]).number(0, 8);
    zip.number(0x07064b50, 4).number(0, 4).number(zip64, 8).number(1, 4);
    zip.number(0x06054b50, 4).number(0, 4).number(0xFFFF, 2).number(0xFFFF, 2);
    zip.number(0xFFFFFFFFL, 4).number(0xFFFFFFFFL, 4).number(0, 2);
    Files.write(folder.resolve("consolidated.00.pth"), zip.toByteArray());
    refusedPath(folder).hasMessageContaining("the file has 1000000 entries");
  }

  @Test
  void nestedArraysAreRefused() throws Exception {
    LittleEndian gguf = new LittleEndian().number(0x46554747, 4).number(3, 4).number(0, 8);
    gguf.number(1, 8).string("key", "deep");
    for (int i = 0; i < 100_000; i++) {
      gguf.number(9, 4).number(9, 4).number(1, 8);
    }
    refused(gguf.toByteArray()).hasMessageContaining("array of arrays");
  }

  @ParameterizedTest
  @CsvSource({
    "../model.safetensors",
    "/etc/passwd",
    "a/b.safetensors",
    "..",
    "''",
    "'C:\\model.safetensors'",
    "config.json"
  })
  void anIndexCannotLeadOutOfItsFolder(String shard) throws Exception {
    writeShard();
    Map<String, Object> index = Map.of("weight_map", Map.of("lm_head.weight", shard));
    Files.writeString(folder.resolve("model.safetensors.index.json"), TinyModel.json(index));
    refusedPath(folder).hasMessageContaining("which is no file of this folder");
  }

  @Test
  void anIndexMustAgreeWithItsFiles() throws Exception {
    writeShard();
    Map<String, Object> index =
        Map.of("weight_map", Map.of("model.norm.bias", "shard.safetensors"));
    Files.writeString(folder.resolve("model.safetensors.index.json"), TinyModel.json(index));
    refusedPath(folder).hasMessageContaining("tensor model.norm.bias is not in shard.safetensors");
    index = Map.of("weight_map", Map.of("lm_head.weight", "missing.safetensors"));
    Files.writeString(folder.resolve("model.safetensors.index.json"), TinyModel.json(index));
    refusedPath(folder).hasMessageContaining("names missing.safetensors, which is not in the");
  }

  private void writeShard() throws IOException {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    Files.move(folder.resolve("model.safetensors"), folder.resolve("shard.safetensors"));
  }

  @Test
  void piecesHaveALength() throws Exception {
    String[] pieces = TinyModel.PIECES.clone();
    pieces[5] = "x".repeat(513);
    refused(TinyModel.gguf().put("tokenizer.ggml.tokens", pieces).build())
        .hasMessageContaining("piece 5 ")
        .hasMessageContaining("512");
  }

  @Test
  void aPieceThatIsNoTextIsRefused() throws Exception {
    byte[] bytes = TinyModel.gguf().build();
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("<unk>");
    bytes[at] = (byte) 0xC3;
    refused(bytes).hasMessageContaining("at byte " + at + ": piece 0 is not UTF-8");
  }

  private AbstractThrowableAssert<?, ?> refused(byte[] gguf) throws IOException {
    return isSafetensors(gguf)
        ? refusedSafetensors(gguf)
        : refusedPath(Files.write(folder.resolve("model.gguf"), gguf));
  }

  private AbstractThrowableAssert<?, ?> refused(SafetensorsBytes weights) throws IOException {
    return refusedSafetensors(weights.build());
  }

  private AbstractThrowableAssert<?, ?> refusedSafetensors(byte[] weights) throws IOException {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    Files.write(folder.resolve("model.safetensors"), weights);
    return refusedPath(folder);
  }

  private AbstractThrowableAssert<?, ?> refusedPath(Path path) {
    return assertThatThrownBy(() -> open(path)).isInstanceOf(MalformedModelException.class);
  }

  private static AbstractThrowableAssert<?, ?> refusedVocabulary(Path path) {
    return assertThatThrownBy(() -> ModelReader.readVocabulary(path))
        .isInstanceOf(MalformedModelException.class);
  }

  private static boolean isSafetensors(byte[] bytes) {
    return bytes[8] == '{';
  }

  private static SafetensorsBytes safetensors() {
    return TinyModel.safetensors(TensorNaming.HUGGING_FACE, TinyModel.KV_HEADS, TinyModel.HEAD_DIM);
  }

  private static void open(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      ModelReader.open(path, arena, LoadListener.NONE);
    }
  }
}
