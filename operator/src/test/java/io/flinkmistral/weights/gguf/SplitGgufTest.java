package io.flinkmistral.weights.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.weights.GgufBytes;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TinyModel;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitGgufTest {
  @TempDir Path folder;

  @Test
  void partsAreTheSameModelAsOneFile() throws Exception {
    Path whole = Files.write(folder.resolve("whole.gguf"), TinyModel.gguf().build());
    writeParts(0, 1, 2, 21);
    String fingerprint = open(whole).fingerprint();
    ModelFile model = open(part(1));
    assertThat(model.fingerprint()).isEqualTo(fingerprint);
    assertThat(model.bytes())
        .isEqualTo(Files.size(part(1)) + Files.size(part(2)) + Files.size(part(3)));
  }

  /** As gguf-split writes them with --no-tensor-first-split. */
  @Test
  void theFirstPartMayHoldNoTensors() throws Exception {
    GgufBytes first = TinyModel.gguf().put("split.no", 0).put("split.count", 2);
    GgufBytes second = new GgufBytes().put("split.no", 1).put("split.count", 2);
    move(List.copyOf(first.tensors()), first, second);
    Files.write(folder.resolve("n-00001-of-00002.gguf"), first.build());
    Files.write(folder.resolve("n-00002-of-00002.gguf"), second.build());
    Path whole = Files.write(folder.resolve("whole.gguf"), TinyModel.gguf().build());
    assertThat(open(folder.resolve("n-00001-of-00002.gguf")).fingerprint())
        .isEqualTo(open(whole).fingerprint());
  }

  @Test
  void partsThatDoNotBelongTogetherAreRefused() throws Exception {
    writeParts(0, 2, 1, 21);
    refused(part(1)).hasMessageContaining("split.no is 2 instead of 1");
    writeParts(0, 1, 2, 22);
    refused(part(1)).hasMessageContaining("split.tensors.count is 22, but the 3 files hold 21");
    writeParts(0, 1, 2, 21);
    refused(part(2)).hasMessageContaining("open the first file, -00001-of-00003.gguf");
    Path renamed = Files.copy(part(1), folder.resolve("renamed.gguf"));
    refused(renamed).hasMessageContaining("name must end with -00001-of-00003.gguf");
    Files.delete(part(3));
    refused(part(1)).hasMessageContaining("m-00003-of-00003.gguf is not there");
    Files.copy(part(2), part(3));
    refused(part(1)).hasMessageContaining("split.no is 1 instead of 2");
  }

  private void writeParts(int first, int second, int third, int tensors) throws IOException {
    GgufBytes whole = TinyModel.gguf().put("split.no", first).put("split.count", 3);
    whole.put("split.tensors.count", tensors);
    List<GgufBytes.Tensor> all = List.copyOf(whole.tensors());
    GgufBytes two = new GgufBytes().put("split.no", second).put("split.count", 3);
    GgufBytes three = new GgufBytes().put("split.no", third).put("split.count", 3);
    move(all.subList(5, 12), whole, two);
    move(all.subList(12, 21), whole, three);
    Files.write(part(1), whole.build());
    Files.write(part(2), two.build());
    Files.write(part(3), three.build());
  }

  private static void move(List<GgufBytes.Tensor> tensors, GgufBytes from, GgufBytes to) {
    for (GgufBytes.Tensor tensor : tensors) {
      from.removeTensor(tensor.name());
      to.tensor(tensor.name(), DataType.F32, tensor.data(), tensor.dimensions());
    }
  }

  private Path part(int number) {
    return folder.resolve("m-%05d-of-00003.gguf".formatted(number));
  }

  private static AbstractThrowableAssert<?, ?> refused(Path path) {
    return assertThatThrownBy(() -> open(path)).isInstanceOf(MalformedModelException.class);
  }

  private static ModelFile open(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return ModelReader.open(path, arena, LoadListener.NONE);
    }
  }
}
