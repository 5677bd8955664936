package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.engine.batch.WaitingClient;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.Scoring;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
      takeIn(model, cache);
      assertThat(model.isOfItsFiles()).isTrue();
      cut();
      assertThat(model.isOfItsFiles()).isFalse();
      WaitingClient client = client(model, cache);
      assertThat(client.awaitFailure())
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
  void aClosedModelFailsItsClients() throws Exception {
    LanguageModel model = load(LoadListener.NONE);
    WaitingClient client = new WaitingClient(model.engine(), 1, 1);
    model.close();
    assertThat(client.awaitFailure()).hasMessageContaining("the model has been closed");
  }

  private LanguageModel load(LoadListener listener) throws IOException {
    return LanguageModel.load(ModelSettings.of(file.toString()).withThreads(1), listener);
  }

  private static void takeIn(LanguageModel model, KvCache cache) throws InterruptedException {
    WaitingClient client = client(model, cache);
    client.await(Progress.Advanced.class, Progress.Advanced::ended);
  }

  private static WaitingClient client(LanguageModel model, KvCache cache)
      throws InterruptedException {
    WaitingClient client = new WaitingClient(model.engine(), 1, 1);
    client.start(Scoring.next(cache, new int[] {1}, new int[] {2}));
    return client;
  }

  private void cut() {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(4096);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
