package io.flinkmistral.weights.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TinyModel;
import io.flinkmistral.weights.TorchBytes;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchFileTest {
  @TempDir Path folder;

  @BeforeEach
  void writeParams() throws IOException {
    TinyModel.writeConsolidated(folder, TinyModel.params());
  }

  @Test
  void isTheSameModelAsItsSafetensors() throws Exception {
    String fingerprint = open(folder).fingerprint();
    Files.delete(folder.resolve("consolidated.safetensors"));
    Files.write(folder.resolve("consolidated.00.pth"), TinyModel.torch().build());
    assertThat(open(folder).fingerprint()).isEqualTo(fingerprint);
  }

  @Test
  void aPickleThatNamesAFunctionIsRefusedByItsName() throws Exception {
    TorchBytes file = TinyModel.torch();
    file.global("posix", "system").text("touch hacked").op(0x85).op('R');
    refused(file.build()).hasMessageContaining("data.pkl asks for posix.system");
    TorchBytes stacked = new TorchBytes().text("builtins").text("eval").op(0x93);
    refused(stacked.build()).hasMessageContaining("data.pkl asks for builtins.eval");
  }

  @Test
  void opcodesThatNoTensorNeedsAreRefused() throws Exception {
    for (int opcode : new int[] {'i', 'o', 0x81, 0x92, 'P', 'S', 'I', 0x82, 0x98, 0}) {
      refused(new TorchBytes().op(opcode).build())
          .hasMessageContaining("has the opcode 0x%02x".formatted(opcode));
    }
  }

  @Test
  void valuesOfTheWrongKindAreRefused() throws Exception {
    refused(new TorchBytes().text("x").integer(1).build())
        .hasMessageContaining("holds something else than tensors");
    refused(new TorchBytes().integer(1).integer(1).build())
        .hasMessageContaining("has a Long where a String must be");
    refused(new TorchBytes().text("x").build()).hasMessageContaining("lacks a value");
    refused(new TorchBytes().text("x").op('h').number(7).build())
        .hasMessageContaining("recalls value 7");
    refused(new TorchBytes().op(')').op('R').build()).hasMessageContaining("must be");
    refused(TinyModel.torch().tensor("norm.weight", new byte[64], 32).build())
        .hasMessageContaining("has norm.weight twice");
  }

  @Test
  void aTensorMustLieInItsStorage() throws Exception {
    refused(TinyModel.torch().tensor("more", new byte[62], 31, -1).build())
        .hasMessageContaining("tensor more has a dimension of");
    refused(TinyModel.torch().tensor("more", new byte[8], 1 << 30, 2).build())
        .hasMessageContaining("tensor more ");
  }

  @Test
  void compressedEntriesAndOtherFilesAreRefused() throws Exception {
    refused(TinyModel.torch().build(ZipEntry.DEFLATED)).hasMessageContaining("is compressed");
    refused(new byte[100]).hasMessageContaining("is no zip file");
    refused(new byte[0]).hasMessageContaining("is no zip file");
  }

  @Test
  void deepPicklesAreRefused() throws Exception {
    TorchBytes deep = new TorchBytes();
    for (int i = 0; i < 300_000; i++) {
      deep.op('(');
    }
    refused(deep.build()).hasMessageContaining("has more than 262144 values at once");
  }

  @Test
  void weightsInSeveralPartsAreRefused() throws Exception {
    Files.write(folder.resolve("consolidated.01.pth"), new byte[1]);
    refused(TinyModel.torch().build()).hasMessageContaining("several consolidated.*.pth");
  }

  private AbstractThrowableAssert<?, ?> refused(byte[] content) throws IOException {
    Files.deleteIfExists(folder.resolve("consolidated.safetensors"));
    Files.write(folder.resolve("consolidated.00.pth"), content);
    return assertThatThrownBy(() -> open(folder)).isInstanceOf(MalformedModelException.class);
  }

  private static ModelFile open(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return ModelReader.open(path, arena, LoadListener.NONE);
    }
  }
}
