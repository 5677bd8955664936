package io.flinkmistral.weights.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.tokenizer.tekken.SmallTekken;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import io.flinkmistral.weights.FuzzSubject;
import io.flinkmistral.weights.GgufBytes;
import io.flinkmistral.weights.LittleEndian;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.SafetensorsBytes;
import io.flinkmistral.weights.TekkenFiles;
import io.flinkmistral.weights.TinyModel;
import io.flinkmistral.weights.reader.ModelReader;
import io.flinkmistral.weights.tensors.TensorNaming;
import io.flinkmistral.weights.tensors.TensorRole;
import io.flinkmistral.weights.vocabulary.ByteAlphabet;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tekken's files: what is read, and what is refused with the value and where it stands. */
@Timeout(120)
class TekkenFilesTest {
  private static final String TOKENS = "tokenizer.ggml.tokens";
  private static final String MERGES = "tokenizer.ggml.merges";

  @TempDir Path folder;

  @Test
  void theLeastFileIsReadInBothForms() throws Exception {
    for (Vocabulary vocabulary : List.of(json(_ -> {}), gguf(TekkenFiles.gguf()))) {
      assertThat(vocabulary.size()).isEqualTo(TekkenFiles.SIZE);
      assertThat(vocabulary.templateVersion()).isEqualTo("v3");
      assertThat(vocabulary.tokenizer().encode("abc ab")).containsExactly(260, 3 + ' ', 259);
    }
  }

  @Test
  void piecesBeyondTheVocabularysSizeAreLeftOut() throws Exception {
    Vocabulary vocabulary = json(file -> config(file).put("default_vocab_size", 260));
    assertThat(vocabulary.size()).isEqualTo(260);
    assertThat(vocabulary.tokenizer().encode("abc")).containsExactly(259, 3 + 'c');
  }

  @Test
  void specialPiecesAreFilledUpAndMayStandInAnyOrder() throws Exception {
    Vocabulary vocabulary =
        json(
            file -> {
              config(file).put("default_num_special_tokens", 5);
              config(file).put("default_vocab_size", 262);
              list(file, "special_tokens").add(list(file, "special_tokens").removeFirst());
            });
    assertThat(vocabulary.controls())
        .isEqualTo(Map.of("<unk>", 0, "<s>", 1, "</s>", 2, "<SPECIAL_3>", 3, "<SPECIAL_4>", 4));
    assertThat(vocabulary.bosId()).isEqualTo(1);
  }

  @Test
  void versionsUpToV7NeedNotListTheirSpecialPieces() throws Exception {
    Vocabulary vocabulary =
        json(
            file -> {
              file.remove("special_tokens");
              config(file).put("default_num_special_tokens", 20);
              config(file).put("default_vocab_size", 278);
              config(file).put("version", "v7");
            });
    assertThat(vocabulary.controls()).containsEntry("[TOOL_CONTENT]", 19).hasSize(20);
    assertThat(vocabulary.templateVersion()).isEqualTo("v7");
  }

  static Stream<Arguments> damagedJson() {
    return Stream.of(
        damaged("config must be an object", file -> file.put("config", 3)),
        damaged("config must be an object", file -> file.remove("config")),
        damaged("config has the version missing", file -> config(file).remove("version")),
        damaged("has the version \"v99\"", file -> config(file).put("version", "v99")),
        damaged("has the pattern missing", file -> config(file).remove("pattern")),
        damaged("has the pattern \"\\\\w+\", which", file -> config(file).put("pattern", "\\w+")),
        damaged(
            "has the default_vocab_size missing",
            file -> config(file).remove("default_vocab_size")),
        damaged(
            "has the default_vocab_size 4611686018427387904; it must be a number from 257 to",
            file -> config(file).put("default_vocab_size", 1L << 62)),
        damaged(
            "has the default_vocab_size -1", file -> config(file).put("default_vocab_size", -1)),
        damaged(
            "has the default_num_special_tokens 6",
            file -> config(file).put("default_num_special_tokens", 6)),
        damaged(
            "has the default_num_special_tokens \"3\"",
            file -> config(file).put("default_num_special_tokens", "3")),
        damaged(
            "default_num_special_tokens 2, but there are 3 special pieces",
            file -> config(file).put("default_num_special_tokens", 2)),
        damaged(
            "vocab must be a list of at least 259 pieces",
            file -> config(file).put("default_vocab_size", 262)),
        damaged("vocab must be a list", file -> file.remove("vocab")),
        damaged("vocab must be a list", file -> file.put("vocab", Map.of("a", 1))),
        damaged("has at place 257 {\"rank\":256", file -> piece(file, 257).put("rank", 256)),
        damaged(
            "has at place 7 {\"rank\":8",
            file -> {
              list(file, "vocab").remove(7);
              config(file).put("default_vocab_size", 260);
            }),
        damaged("has at place 5 3, whose rank", file -> list(file, "vocab").set(5, 3)),
        damaged(
            "has at place 256 {\"rank\":256,\"token_bytes\":\"!?\"",
            file -> piece(file, 256).put("token_bytes", "!?")),
        damaged("1 to 512 bytes in base64", file -> piece(file, 256).put("token_bytes", "")),
        damaged("1 to 512 bytes in base64", file -> piece(file, 256).put("token_bytes", "YQ=a")),
        damaged(
            "1 to 512 bytes in base64",
            file -> piece(file, 256).put("token_bytes", "A".repeat(4 * 200))),
        damaged("1 to 512 bytes in base64", file -> piece(file, 256).remove("token_bytes")),
        damaged("1 to 512 bytes in base64", file -> piece(file, 256).put("token_bytes", 17)),
        damaged(
            "the same token_bytes at the ranks 256 and 257",
            file -> piece(file, 257).put("token_bytes", "YWI=")),
        damaged(
            "has at place 255 {\"rank\":255,\"token_bytes\":\"YWJj\",\"token_str\":null}, whose"
                + " token_bytes must be the byte 0xFF",
            file -> piece(file, 255).put("token_bytes", "YWJj")),
        damaged("special_tokens must be a list", file -> file.put("special_tokens", "none at all")),
        damaged(
            "whose rank must be one of 0 to 2 that no other has",
            file -> special(file, 2).put("rank", 1)),
        damaged("whose rank must be one of 0 to 2", file -> special(file, 2).put("rank", 1L << 40)),
        damaged("whose token_str must be a text", file -> special(file, 2).remove("token_str")),
        damaged(
            "has the piece <s> twice, at the ids 1 and 2",
            file -> special(file, 2).put("token_str", "<s>")),
        damaged("special_tokens has no piece </s>", file -> special(file, 2).put("token_str", "x")),
        damaged(
            "has the piece <SPECIAL_3> twice",
            file -> {
              special(file, 0).put("token_str", "<SPECIAL_3>");
              config(file).put("default_num_special_tokens", 4);
            }),
        damaged(
            "special_tokens is missing, which a file of version v11 must have",
            file -> {
              file.remove("special_tokens");
              config(file).put("version", "v11");
            }),
        damaged(
            "default_num_special_tokens 3, but there are 20 special pieces",
            file -> file.remove("special_tokens")));
  }

  @ParameterizedTest
  @MethodSource
  void damagedJson(String reason, Consumer<Map<String, Object>> damage) {
    assertThatThrownBy(() -> json(damage))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageStartingWith(folder.resolve("tekken.json") + ": at byte ")
        .hasMessageContaining(reason);
  }

  static Stream<Arguments> damagedGguf() {
    return Stream.of(
        Arguments.of("there is no tokenizer.ggml.pre", edit(g -> g.remove("tokenizer.ggml.pre"))),
        Arguments.of(
            "tokenizer.ggml.pre is llama-bpe, which is not supported; tekken is",
            edit(g -> g.put("tokenizer.ggml.pre", "llama-bpe"))),
        Arguments.of("for 0x00 (\u0100) there is none", edit(g -> g.put(TOKENS, tokens(3, "x")))),
        Arguments.of(
            "for 0xFF (\u00FF) there is none",
            edit(g -> g.put(TOKENS, Arrays.copyOf(tokens(0, "<unk>"), 258)))
                .andThen(g -> g.remove("tokenizer.ggml.token_type"))),
        Arguments.of("for 0x41 (A) there is B", edit(g -> g.put(TOKENS, tokens(3 + 'A', "B")))),
        Arguments.of(
            "has the piece 260, 'a b', which spells no bytes",
            edit(g -> g.put(TOKENS, tokens(260, "a b")))),
        Arguments.of(
            "has the piece 'ab' twice, at the ids 259 and 260",
            edit(g -> g.put(TOKENS, tokens(260, "ab")))),
        Arguments.of(
            "gives piece 260 the type 6", edit(g -> g.put("tokenizer.ggml.token_type", types(6)))),
        Arguments.of(
            "gives piece 260 the type 9", edit(g -> g.put("tokenizer.ggml.token_type", types(9)))),
        Arguments.of(
            "tokenizer.ggml.bos_token_id is 261",
            edit(g -> g.put("tokenizer.ggml.bos_token_id", 261))),
        Arguments.of(
            "has the merge 1, 'a b', of piece 259 after one of piece 260",
            edit(g -> g.put(MERGES, new String[] {"ab c", "a b"}))),
        Arguments.of(
            "has the merge 0, 'a c', which joins no two pieces",
            edit(g -> g.put(MERGES, new String[] {"a c"}))),
        Arguments.of("has the merge 0, 'ab', which", edit(g -> g.put(MERGES, new String[] {"ab"}))),
        Arguments.of("has the merge 0, '', which", edit(g -> g.put(MERGES, new String[] {""}))),
        Arguments.of(
            "has the merge 0, ' ab', which", edit(g -> g.put(MERGES, new String[] {" ab"}))),
        Arguments.of("is no array of STRING", edit(g -> g.put(MERGES, "a b"))));
  }

  @ParameterizedTest
  @MethodSource
  void damagedGguf(String reason, Consumer<GgufBytes> damage) {
    GgufBytes gguf = TekkenFiles.gguf();
    damage.accept(gguf);
    assertThatThrownBy(() -> gguf(gguf))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageStartingWith(folder.resolve("vocabulary.gguf") + ": at byte ")
        .hasMessageContaining(reason);
  }

  @Test
  void whatGgufFilesSayOfPiecesBeyondTheBytesIsHeard() throws Exception {
    int[] types = types(4);
    types[1] = 1; // A special piece is one, whatever its type.
    TekkenVocabulary vocabulary =
        (TekkenVocabulary)
            gguf(
                TekkenFiles.gguf()
                    .put(TOKENS, tokens(260, "<|user says \u00E9|>"))
                    .put("tokenizer.ggml.token_type", types)
                    .remove(MERGES));
    assertThat(vocabulary.types().get(1)).isEqualTo(PieceType.CONTROL);
    assertThat(vocabulary.types().get(260)).isEqualTo(PieceType.USER_DEFINED);
    assertThat(vocabulary.tokenizer().decode(new int[] {260})).isEqualTo("<|user says \u00E9|>");
    GgufBytes untyped = TekkenFiles.gguf().remove("tokenizer.ggml.token_type");
    assertThat(gguf(untyped).controls()).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({"[SYSTEM_PROMPT], v7", "[ARGS], v11", "[INST], v3"})
  void namesOfPiecesTellTheVersion(String name, String version) throws Exception {
    assertThat(gguf(TekkenFiles.gguf().put(TOKENS, tokens(0, name))).templateVersion())
        .isEqualTo(version);
  }

  @Test
  void theAlphabetOfBytesIsThatOfGpt2() {
    assertThat(ByteAlphabet.piece(" \n\u00AD\u0000a\u00E9~\u007F"))
        .isEqualTo("\u0120\u010A\u0143\u0100a\u00E9~\u0121");
    for (char value = 0; value < 256; value++) {
      String bytes = String.valueOf(value);
      assertThat(ByteAlphabet.bytes(ByteAlphabet.piece(bytes))).isEqualTo(bytes);
    }
    assertThat(ByteAlphabet.bytes("\u0144")).isNull();
    assertThat(ByteAlphabet.bytes(" ")).isNull();
    assertThat(ByteAlphabet.bytes("\u6F22")).isNull();
  }

  @Test
  void brokenFilesAreRefusedOrRead() throws Exception {
    Path json = folder.resolve("tekken.json");
    byte[] text = TinyModel.json(TekkenFiles.json()).getBytes(StandardCharsets.UTF_8);
    FuzzSubject ofJson =
        new FuzzSubject(
            "tekken.json",
            json,
            text,
            text.length,
            List.of(),
            () -> ModelReader.readVocabulary(json));
    ofJson.restore();
    Random random = new Random(5);
    List<MatchResult> scalars =
        Pattern.compile("-?\\d+|\"[^\"]*\"|null|true")
            .matcher(new String(text, StandardCharsets.UTF_8))
            .results()
            .toList();
    String[] values = {
      "-1", "4611686018427387905", "1e999", "null", "\"\"", "[]", "{}", "\"YWI=\"", "NaN", ""
    };
    for (int i = 0; i < 1500; i++) {
      MatchResult scalar = scalars.get(i < 40 ? i : random.nextInt(scalars.size()));
      String valid = new String(text, StandardCharsets.UTF_8);
      String value = values[random.nextInt(values.length)];
      ofJson.tryOpening(
          "%s at %d is %s".formatted(scalar.group(), scalar.start(), value),
          (valid.substring(0, scalar.start()) + value + valid.substring(scalar.end()))
              .getBytes(StandardCharsets.UTF_8));
    }
    Path gguf = folder.resolve("vocabulary.gguf");
    LittleEndian bytes = TekkenFiles.gguf().write();
    byte[] whole = bytes.toByteArray();
    FuzzSubject ofGguf =
        new FuzzSubject(
            "GGUF",
            gguf,
            whole,
            whole.length,
            bytes.sites(),
            () -> ModelReader.readVocabulary(gguf));
    ofGguf.restore();
    for (int i = 0; i < 1500; i++) {
      byte[] content = ofGguf.valid();
      int at = random.nextInt(content.length);
      content[at] = (byte) (random.nextBoolean() ? 0xFF : content[at] ^ 1 << random.nextInt(8));
      ofGguf.tryOpening("byte " + at, content);
    }
    assertThat(ofJson.cases() + ofGguf.cases()).isEqualTo(3000);
  }

  /** Written and read, they are the same, and merges stand in them for other engines. */
  @Test
  void aFileThatIsWrittenHoldsTheSameVocabulary() throws Exception {
    TekkenVocabulary small = SmallTekken.VOCABULARY;
    assertThat(GgufTekken.tokens(small))
        .hasSize(small.size())
        .startsWith("<unk>")
        .contains("\u0120Quetzalcoatl");
    List<String> merges = GgufTekken.merges(small);
    assertThat(merges.getFirst().replace(" ", ""))
        .isEqualTo(GgufTekken.tokens(small).get(40 + 256));
    assertThat(merges).hasSizeGreaterThan(380).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({"v3, v3", "v7, v7"})
  void aFolderWithTekkenJsonHasItsVocabularyAndVersion(String version, String template)
      throws Exception {
    writeFolder(file -> config(file).put("version", version));
    ModelFile model = openFolder();
    assertThat(model.vocabulary().orElseThrow()).isInstanceOf(TekkenVocabulary.class);
    assertThat(model.vocabulary().orElseThrow().templateVersion()).isEqualTo(template);
    assertThat(model.chat().tokenizerVersion()).hasValue(template);
    Files.delete(folder.resolve("tekken.json"));
    assertThat(openFolder().vocabulary()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v11", "v13", "v15"})
  void aFolderOfAVersionWhoseTemplateIsNotKnownIsRefusedByItsName(String version) throws Exception {
    writeFolder(file -> config(file).put("version", version));
    assertThatThrownBy(this::openFolder)
        .isInstanceOf(MalformedModelException.class)
        .hasMessageStartingWith(folder.resolve("tekken.json") + ": at byte ")
        .hasMessageContaining(
            "config is of a tokenizer of version %s: this file's model needs the instruct template %s, which is not supported yet"
                .formatted(version, version));
  }

  @Test
  void aVocabularyOfAnotherSizeBelongsToAnotherModel() throws Exception {
    writeFolder(file -> config(file).put("default_vocab_size", 260));
    assertThatThrownBy(this::openFolder)
        .hasMessageContaining(
            "the tokenizer has 260 pieces, but the model's embedding has 261 rows");
  }

  /** In Hugging Face's layout, with as many rows as the vocabulary has pieces. */
  private void writeFolder(Consumer<Map<String, Object>> edit) throws IOException {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.put("vocab_size", TekkenFiles.SIZE);
    SafetensorsBytes weights = new SafetensorsBytes();
    for (TinyModel.Shape shape : TinyModel.shapes(TinyModel.KV_HEADS, TinyModel.HEAD_DIM)) {
      boolean vocabulary =
          shape.role() == TensorRole.TOKEN_EMBEDDING || shape.role() == TensorRole.OUTPUT;
      int rows = vocabulary ? TekkenFiles.SIZE : shape.rows();
      byte[] data = new byte[Math.max(rows, 1) * shape.columns() * 2];
      String name = shape.name(TensorNaming.HUGGING_FACE);
      if (rows == 0) {
        weights.tensor(name, "BF16", data, shape.columns());
      } else {
        weights.tensor(name, "BF16", data, rows, shape.columns());
      }
    }
    TinyModel.writeHuggingFace(folder, config, weights);
    json(edit);
  }

  private ModelFile openFolder() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return ModelReader.open(folder, arena, LoadListener.NONE);
    }
  }

  private static Arguments damaged(String reason, Consumer<Map<String, Object>> damage) {
    return Arguments.of(reason, damage);
  }

  private static Consumer<GgufBytes> edit(Consumer<GgufBytes> edit) {
    return edit;
  }

  private static String[] tokens(int id, String token) {
    String[] tokens = new String[TekkenFiles.SIZE];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] =
          i < 3
              ? List.of("<unk>", "<s>", "</s>").get(i)
              : ByteAlphabet.piece("" + (char) ((i - 3) % 256));
    }
    tokens[259] = "ab";
    tokens[260] = "abc";
    tokens[id] = token;
    return tokens;
  }

  private static int[] types(int last) {
    int[] types = new int[TekkenFiles.SIZE];
    Arrays.fill(types, 3, types.length, 1);
    Arrays.fill(types, 0, 3, 3);
    types[260] = last;
    return types;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> config(Map<String, Object> file) {
    return (Map<String, Object>) file.get("config");
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Map<String, Object> file, String key) {
    return (List<Object>) file.get(key);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> piece(Map<String, Object> file, int rank) {
    return (Map<String, Object>) list(file, "vocab").get(rank);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> special(Map<String, Object> file, int rank) {
    return (Map<String, Object>) list(file, "special_tokens").get(rank);
  }

  private Vocabulary json(Consumer<Map<String, Object>> edit) throws IOException {
    Map<String, Object> file = TekkenFiles.json();
    edit.accept(file);
    return ModelReader.readVocabulary(
        Files.writeString(folder.resolve("tekken.json"), TinyModel.json(file)));
  }

  private Vocabulary gguf(GgufBytes gguf) throws IOException {
    return ModelReader.readVocabulary(Files.write(folder.resolve("vocabulary.gguf"), gguf.build()));
  }
}
