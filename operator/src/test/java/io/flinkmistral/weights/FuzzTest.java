package io.flinkmistral.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.reader.ModelReader;
import io.flinkmistral.weights.tensors.TensorNaming;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Opens broken files: first those that follow a plan, then as many by chance as are wanted.
 *
 * <p>{@code mvn verify -Dfuzz.cases=1000000 -Dfuzz.seed=7} runs longer and elsewhere.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class FuzzTest {
  private static final int CASES = Integer.getInteger("fuzz.cases", 20_000);
  private static final long SEED = Long.getLong("fuzz.seed", 20_260_101L);

  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    1L << 31,
    (1L << 31) - 1,
    (1L << 32) - 1,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    1L << 62,
    // Times 2, 4, 34 and 32 bytes these pass 2^63 or come round to little.
    Long.MAX_VALUE / 34 + 1,
    (1L << 61) + 1,
    (1L << 59) - 1
  };

  private static final String[] JSON_VALUES = {
    "0",
    "-1",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "4611686018427387905",
    "1e999",
    "-0.5",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[[1]]",
    "NaN",
    ""
  };

  private static final Pattern JSON_SCALAR =
      Pattern.compile("-?\\d+(\\.\\d+)?(E-?\\d+)?|\"[^\"]*\"|null|true|false");

  @TempDir Path folder;
  private final List<FuzzSubject> binary = new ArrayList<>();
  private final List<FuzzSubject> json = new ArrayList<>();
  private final List<FuzzSubject> safetensors = new ArrayList<>();
  private final List<FuzzSubject> sentencePiece = new ArrayList<>();

  @BeforeEach
  void writeValidFiles() throws IOException {
    addGguf();
    addHuggingFace();
    addConsolidated();
    addTorch();
    addTokenizerJson();
    for (FuzzSubject subject : all()) {
      subject.restore();
    }
  }

  @Test
  void brokenFilesAreRefusedOrOpened() throws IOException {
    System.out.printf("fuzz.cases=%d fuzz.seed=%d%n", CASES, SEED);
    for (FuzzSubject subject : all()) {
      cut(subject);
      replaceNumbers(subject);
      subject.restore();
    }
    for (FuzzSubject subject : json) {
      String text = new String(subject.valid(), StandardCharsets.UTF_8);
      replaceJsonValues(subject, text, changed -> changed.getBytes(StandardCharsets.UTF_8));
      subject.restore();
    }
    for (FuzzSubject subject : safetensors) {
      replaceHeaderValues(subject);
      subject.restore();
    }
    for (FuzzSubject subject : sentencePiece) {
      replaceVarints(subject);
      subject.restore();
    }
    Random random = new Random(SEED);
    while (cases() < CASES) {
      FuzzSubject subject = all().get(random.nextInt(all().size()));
      for (int i = 0; i < 50 && cases() < CASES; i++) {
        breakByChance(subject, random);
      }
      subject.restore();
    }
    all().forEach(System.out::println);
    assertThat(cases()).isGreaterThanOrEqualTo(CASES);
  }

  private void addGguf() {
    GgufBytes gguf = TinyModel.gguf(DataType.Q8_0, 8).put("llama.vocab_size", 8);
    LittleEndian bytes = gguf.write();
    Path file = folder.resolve("model.gguf");
    binary.add(
        new FuzzSubject(
            "GGUF",
            file,
            bytes.toByteArray(),
            gguf.headerBytes(),
            bytes.sites(),
            () -> open(file)));
  }

  private void addHuggingFace() throws IOException {
    Path model = Files.createDirectory(folder.resolve("hf"));
    TinyModel.writeHuggingFace(model, TinyModel.huggingFaceConfig());
    Files.write(model.resolve("tokenizer.model"), TinyModel.tokenizerModel().toByteArray());
    json.add(subject(model, "config.json"));
    sentencePiece.add(subject(model, "tokenizer.model"));
    safetensors.add(safetensors(model.resolve("model.safetensors"), model));
    Path added = Files.createDirectory(folder.resolve("added"));
    TinyModel.writeHuggingFace(added, TinyModel.huggingFaceConfig());
    Files.write(added.resolve("tokenizer.model"), TinyModel.tokenizerModel(6).toByteArray());
    Files.writeString(added.resolve("added_tokens.json"), "{\"<b>\": 7, \"<a>\": 6}");
    json.add(subject(added, "added_tokens.json"));
    Path sharded = Files.createDirectory(folder.resolve("sharded"));
    TinyModel.writeHuggingFace(sharded, TinyModel.huggingFaceConfig());
    Path shard = sharded.resolve("model-00001-of-00001.safetensors");
    Files.move(sharded.resolve("model.safetensors"), shard);
    StringBuilder index = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
    String separator = "";
    for (TinyModel.Shape shape : TinyModel.shapes(TinyModel.KV_HEADS, TinyModel.HEAD_DIM)) {
      index.append(separator).append('"').append(shape.name(TensorNaming.HUGGING_FACE));
      index.append("\":\"").append(shard.getFileName()).append('"');
      separator = ",";
    }
    Files.writeString(sharded.resolve("model.safetensors.index.json"), index + "}}");
    json.add(subject(sharded, "model.safetensors.index.json"));
  }

  private void addTokenizerJson() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(file, TinyModel.json(TinyModel.tokenizerJson()));
    byte[] valid = Files.readAllBytes(file);
    json.add(
        new FuzzSubject(
            "tokenizer.json",
            file,
            valid,
            valid.length,
            List.of(),
            () -> ModelReader.readVocabulary(file)));
  }

  private void addTorch() throws IOException {
    Path model = Files.createDirectory(folder.resolve("torch"));
    TinyModel.writeConsolidated(model, TinyModel.params());
    Files.delete(model.resolve("consolidated.safetensors"));
    TorchBytes torch = TinyModel.torch();
    byte[] valid = torch.build();
    Path file = Files.write(model.resolve("consolidated.00.pth"), valid);
    String text = new String(valid, StandardCharsets.ISO_8859_1);
    int pickle = text.indexOf("model/data/0");
    int directory = text.indexOf("PK\u0001\u0002");
    binary.add(
        new FuzzSubject(
            "pth", file, valid, pickle, directory, torch.sites(valid), () -> open(model)));
  }

  private void addConsolidated() throws IOException {
    Path model = Files.createDirectory(folder.resolve("consolidated"));
    TinyModel.writeConsolidated(model, TinyModel.params());
    json.add(subject(model, "params.json"));
  }

  private static FuzzSubject subject(Path model, String name) throws IOException {
    Path file = model.resolve(name);
    byte[] valid = Files.readAllBytes(file);
    return new FuzzSubject(name, file, valid, valid.length, List.of(), () -> open(model));
  }

  private static FuzzSubject safetensors(Path file, Path model) throws IOException {
    byte[] valid = Files.readAllBytes(file);
    int header = 8 + (valid[0] & 0xFF | (valid[1] & 0xFF) << 8);
    return new FuzzSubject(
        "safetensors",
        file,
        valid,
        header,
        List.of(new LittleEndian.Site("length of the header", 0, 8)),
        () -> open(model));
  }

  private static void open(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      ModelReader.open(path, arena, LoadListener.NONE);
    }
  }

  private List<FuzzSubject> all() {
    List<FuzzSubject> all = new ArrayList<>(binary);
    all.addAll(safetensors);
    all.addAll(sentencePiece);
    all.addAll(json);
    return all;
  }

  private int cases() {
    return all().stream().mapToInt(FuzzSubject::cases).sum();
  }

  private static void cut(FuzzSubject subject) throws IOException {
    for (int i = 0; i < subject.described(); i++) {
      int length = subject.place(i);
      byte[] content = new byte[length];
      System.arraycopy(subject.valid(), 0, content, 0, length);
      subject.mustBeRefused("cut at byte " + length, content);
    }
  }

  private static void replaceNumbers(FuzzSubject subject) throws IOException {
    for (LittleEndian.Site site : subject.sites()) {
      for (long number : NUMBERS) {
        byte[] content = subject.valid();
        for (int i = 0; i < site.width(); i++) {
          content[site.offset() + i] = (byte) (number >>> 8 * i);
        }
        subject.tryOpening("%s is %d".formatted(site.what(), number), content);
      }
    }
  }

  private static void replaceJsonValues(
      FuzzSubject subject, String text, Function<String, byte[]> file) throws IOException {
    List<MatchResult> scalars = JSON_SCALAR.matcher(text).results().toList();
    for (MatchResult scalar : scalars) {
      for (String value : JSON_VALUES) {
        String changed = text.substring(0, scalar.start()) + value + text.substring(scalar.end());
        subject.tryOpening(
            "%s at %d is %s".formatted(scalar.group(), scalar.start(), value), file.apply(changed));
      }
    }
  }

  /** The same within the header of a safetensors file, whose length then fits. */
  private static void replaceHeaderValues(FuzzSubject subject) throws IOException {
    byte[] valid = subject.valid();
    int header = subject.described();
    byte[] weights = Arrays.copyOfRange(valid, header, valid.length);
    replaceJsonValues(
        subject,
        new String(valid, 8, header - 8, StandardCharsets.UTF_8),
        text -> {
          byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
          return new LittleEndian().number(utf8.length, 8).raw(utf8).raw(weights).toByteArray();
        });
  }

  private static void replaceVarints(FuzzSubject subject) throws IOException {
    byte[] valid = subject.valid();
    for (ProtoSites.Site site : ProtoSites.of(valid)) {
      for (long number : NUMBERS) {
        String what = "number at %d is %d".formatted(site.offset(), number);
        subject.tryOpening(what, ProtoSites.replaced(valid, site, number));
        subject.tryOpening(
            what + ", lengths are as they were",
            ProtoSites.spliced(valid, site.offset(), site.width(), number));
      }
    }
  }

  private static void breakByChance(FuzzSubject subject, Random random) throws IOException {
    byte[] content = subject.valid();
    StringBuilder what = new StringBuilder();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int at = subject.place(random.nextInt(subject.described()));
      switch (random.nextInt(4)) {
        case 0 -> content[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> content[at] = (byte) random.nextInt();
        case 2 -> content[at] = (byte) (random.nextBoolean() ? 0xFF : 0);
        default -> {
          int from = subject.place(random.nextInt(subject.described()));
          int length = Math.min(random.nextInt(64), content.length - Math.max(at, from));
          System.arraycopy(subject.valid(), from, content, at, length);
        }
      }
      what.append(" byte ").append(at);
    }
    subject.tryOpening("changed at" + what, content);
  }
}
