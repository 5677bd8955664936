package io.flinkmistral.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.QuantizedInput;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InputQuantizerTest {
  private static final int OFFSET = 5;
  private static final int AT = 7;
  private static final int UNTOUCHED = 0x5a5a5a5a;

  @ParameterizedTest
  @MethodSource("layouts")
  void tilesHaveTheBitsOfBlocks(PanelLayout layout) {
    Random random = new Random(layout.ordinal());
    for (int count : new int[] {32, 64, 224, 256, 288, 512, 1024, 1056}) {
      for (int tokens : new int[] {1, 3, 8}) {
        float[] in = numbers(random, OFFSET + count);
        int token = random.nextInt(tokens);
        int[] expected = written(new InputQuantizer(), layout, in, count, token, tokens);
        InputQuantizer tiles = new InputQuantizer();
        tiles.takeTiles();
        assertThat(written(tiles, layout, in, count, token, tokens))
            .as("%d columns, token %d of %d", count, token, tokens)
            .isEqualTo(expected);
      }
    }
  }

  private static Stream<PanelLayout> layouts() {
    return Arrays.stream(PanelLayout.values())
        .filter(PanelLayout::quantizesInputs)
        .filter(layout -> layout.codes().isPresent()); // Others are rounded by the plain loop.
  }

  private static int[] written(
      InputQuantizer quantizer, PanelLayout layout, float[] in, int count, int token, int tokens) {
    int[] out = new int[AT + QuantizedInput.size(layout, count) * tokens + 1];
    Arrays.fill(out, UNTOUCHED);
    InputQuantizer.Writer writer = quantizer.writer(layout, in, out);
    // In two parts: the second finds what the first left behind.
    int half = count / 2 / QuantizedInput.BLOCK * QuantizedInput.BLOCK;
    writer.write(OFFSET, half, AT, token, tokens);
    int at = AT + QuantizedInput.size(layout, half) * tokens;
    writer.write(OFFSET + half, count - half, at, token, tokens);
    return out;
  }

  /** Blocks of all sizes, some of which are zero, too small, infinite or not numbers. */
  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    float size = 1;
    for (int i = 0; i < count; i++) {
      if (i % QuantizedInput.BLOCK == OFFSET) {
        size =
            switch (random.nextInt(6)) {
              case 0 -> 0;
              case 1 -> 1e-32f;
              case 2 -> 1e37f;
              default -> 1;
            };
      }
      numbers[i] = size * (float) random.nextGaussian();
    }
    numbers[OFFSET + random.nextInt(count - OFFSET)] = Float.NaN;
    numbers[OFFSET + random.nextInt(count - OFFSET)] = Float.NEGATIVE_INFINITY;
    return numbers;
  }
}
