package io.flinkmistral.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.kernel.VectorKernels;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.TransformerWeights;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PlainLoopsTest {
  @Test
  void whereVectorsAreNarrowItIsSaidHowSlowTheModelIs() throws IOException {
    assertThat(warning(VectorKernels.ofWidth(128, Precision.QUANTIZED)))
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .matches(
                        "model tiny is slow here: .* 256 bits .* about [0-9.e+]+ tokens a second"
                            + " .*"));
  }

  @Test
  void nothingIsSaidWhereTheyAreWide() throws IOException {
    for (int bits : VectorKernels.widths()) {
      if (bits >= 256) {
        assertThat(warning(VectorKernels.ofWidth(bits, Precision.QUANTIZED))).isEmpty();
      }
    }
  }

  private static Optional<String> warning(Kernels kernels) throws IOException {
    try (Arena arena = Arena.ofConfined();
        WorkPool pool = WorkPool.of(1)) {
      TransformerWeights weights =
          ModelReader.open(TinyMistral.file(), arena, LoadListener.NONE).weights();
      return PlainLoops.warning("tiny", kernels, weights, pool);
    }
  }
}
