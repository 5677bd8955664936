package io.flinkmistral.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescribeTest {
  private static final Path MODELS = Path.of("src/test/resources/models");
  private static final Path GGUF = MODELS.resolve("block256_w20.q4_k_m.gguf");

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void saysWhatAModelIs() {
    assertThat(describe(GGUF.toString())).isZero();
    assertThat(text(out).lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(text(out).replaceAll("\n {13}", " "))
        .contains(
            "model        block256_w20.q4_k_m, 762.1 KiB",
            "shape        2 layers, width 256, feed-forward 512, vocabulary 288",
            "attention    4 heads of 64, 1 key and value heads, rope theta 1000000",
            "window       20 keys, made for 4096 positions",
            "Q6_K",
            "tokenizer    288 pieces, template v1, BOS 1, EOS 2",
            // Without the embedding; of 256 numbers 148 and 210 bytes, the output in five panels.
            "729.5 KiB of weights, shared by all slots",
            // 2 layers, keys and values, 64 numbers of 2 bytes, 20 positions.
            "512 bytes a token of keys and values: 10.0 KiB for 20 positions")
        .endsWith("will run\n");
    assertThat(text(err)).isEmpty();
  }

  @Test
  void warnsWhereThereIsNoTokenizer() {
    assertThat(describe(MODELS.resolve("gqa8x2_w12/hf-bf16").toString())).isZero();
    assertThat(text(out)).contains("tokenizer    none").contains("on token ids only");
    assertThat(text(err)).startsWith("warning: ");
  }

  @Test
  void readsEveryWeightIfAsked() throws Exception {
    assertThat(describe(GGUF.toString(), "true")).isZero();
    assertThat(text(out)).contains("all are finite numbers");
    assertThat(text(err)).contains("read 100% of");

    Path source = MODELS.resolve("gqa8x2_w12/hf-bf16");
    Files.copy(source.resolve("config.json"), folder.resolve("config.json"));
    byte[] broken = Files.readAllBytes(source.resolve("model.safetensors"));
    broken[broken.length - 1] = 0x7F;
    broken[broken.length - 2] = (byte) 0xC0;
    Files.write(folder.resolve("model.safetensors"), broken);
    assertThat(describe(folder.toString(), "true")).isEqualTo(1);
    assertThat(text(out)).contains("will not run: [").contains("holds what is no finite number");
  }

  @Test
  void saysWhyAFileWillNotRun() throws Exception {
    byte[] bytes = Files.readAllBytes(GGUF);
    Path cut = folder.resolve("cut.gguf");
    Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(describe(cut.toString())).isEqualTo(1);
    assertThat(text(out)).startsWith("will not run: " + cut + ": at byte ").hasLineCount(1);
  }

  @Test
  void saysWhichPropertyIsMissing() {
    assertThat(describe("${model}")).isEqualTo(1);
    assertThat(text(err)).isEqualTo("give -Dmodel=FILE\n");
  }

  private int describe(String... args) {
    return Describe.run(args, new PrintStream(out, true), new PrintStream(err, true), false);
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
