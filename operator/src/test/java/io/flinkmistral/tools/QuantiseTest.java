package io.flinkmistral.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantiseTest {
  private static final String MODEL = "src/test/resources/models/gqa8x2_w12/hf-bf16";

  @TempDir Path folder;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void writesAFileThatRuns() {
    Path out = folder.resolve("m.gguf");
    assertThat(quantise(false, MODEL, "q8_0", out.toString())).isZero();
    assertThat(text()).contains("written 100% of").contains(out + ": ");
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
    assertThat(Describe.run(new String[] {out.toString(), "true"}, nowhere, nowhere, false))
        .isZero();
  }

  @Test
  void aTerminalGetsABar() {
    assertThat(quantise(true, MODEL, "q4_0", folder.resolve("m.gguf").toString())).isZero();
    assertThat(text()).contains("\r[########").contains("] written 100% of ");
  }

  @Test
  void mistakesAreSaidInOneLine() throws Exception {
    Path model = Files.createFile(folder.resolve("empty.gguf"));
    for (String[] args :
        new String[][] {
          {"${model}", "q8_0", "x", "give -Dmodel=FOLDER"},
          {MODEL, "${type}", "x", "give -Dtype=q8_0"},
          {MODEL, "q3_k", "x", "the type must be"},
          {MODEL, "q8_0", "${out}", "give -Dout=FILE.gguf"},
          {folder + "/no", "q8_0", "x", "there is no such file"},
          {model.toString(), "q8_0", model.toString(), "cannot be overwritten"},
          {model.toString(), "q8_0", folder + "/x", "the file is cut"},
          {MODEL, "q8_0", folder + "/no/x", "there is no folder"}
        }) {
      err.reset();
      assertThat(quantise(false, args[0], args[1], args[2])).as(args[3]).isEqualTo(1);
      assertThat(text().lines().filter(l -> !l.startsWith("warning")))
          .singleElement()
          .asString()
          .contains(args[3]);
    }
  }

  private int quantise(boolean terminal, String... args) {
    return Quantise.run(args, new PrintStream(err, true), terminal);
  }

  private String text() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
