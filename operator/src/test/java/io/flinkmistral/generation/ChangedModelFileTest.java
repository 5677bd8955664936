package io.flinkmistral.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.model.SequenceInput;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model whose file is cut while it is loaded or in use: an error that names the file. */
class ChangedModelFileTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void copyModel() throws IOException {
    file = Files.copy(TinyMistral.file(), folder.resolve("model.gguf"));
  }

  @Test
  void aPassOverACutFileFailsWithItsName() throws Exception {
    try (LanguageModel model = load(LoadListener.NONE);
        KvCache cache = model.newCache(0)) {
      assertThat(pass(model, cache).get().sampled()).isEmpty();
      assertThat(model.isOfItsFiles()).isTrue();
      cut();
      assertThat(model.isOfItsFiles()).isFalse();
      assertThatThrownBy(() -> pass(model, cache).get())
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(file + ": at byte 4096: the file was cut while in use");
    }
  }

  @Test
  void aFileThatIsCutWhileItIsLoadedIsNoticedAtTheNextLayer() {
    LoadListener cutter =
        new LoadListener() {
          @Override
          public void prepared(int layers, int ofLayers) {
            assertThat(layers).isEqualTo(1);
            cut();
          }
        };
    assertThatThrownBy(() -> load(cutter))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("the file was cut while in use");
  }

  @Test
  void aClosedModelFailsItsPasses() throws Exception {
    LanguageModel model = load(LoadListener.NONE);
    KvCache cache = model.newCache(0);
    model.close();
    assertThatThrownBy(() -> pass(model, cache).get())
        .hasMessageContaining("the model has been closed");
  }

  private LanguageModel load(LoadListener listener) throws IOException {
    return LanguageModel.load(ModelSettings.of(file.toString()).withThreads(1), listener);
  }

  private static CompletableFuture<Pass.Result> pass(LanguageModel model, KvCache cache) {
    SequenceInput input = new SequenceInput(cache, new int[] {1}, SequenceInput.Wanted.NONE);
    return Passes.submit(model.executor(), new Pass(List.of(), List.of(input)));
  }

  private void cut() {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(4096);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
