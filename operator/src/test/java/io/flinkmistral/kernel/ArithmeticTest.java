package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The name of an arithmetic stands for its bits: keys and values that were computed under a name
 * are used again by whoever has the same. All kernels are held to the plain loops; these are held
 * to what they gave when they got their name.
 */
class ArithmeticTest {
  private static final int TOKENS = 3;
  private static final int COLUMNS = 512;
  private static final int ROWS = 5;

  @ParameterizedTest
  @CsvSource({"EXACT, f32-2, ba6400d11245e9db", "QUANTIZED, int8-5, 4e1552f5655a6144"})
  void aNameStandsForTheSameBitsForEver(Precision precision, String name, String digest)
      throws NoSuchAlgorithmException {
    assertThat(precision.arithmetic()).isEqualTo(name);
    assertThat(digestOf(new ScalarKernels(precision)))
        .as(
            "products have other bits than those that %s stood for: give the arithmetic a new"
                + " name, and pin what it gives",
            name)
        .isEqualTo(digest);
  }

  private static String digestOf(Kernels kernels) throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (WorkPool pool = WorkPool.of(1)) {
      for (DataType type : DataType.values()) {
        Matrix matrix = Numbers.matrix(type, ROWS, COLUMNS, 11);
        for (float[] in :
            new float[][] {
              Numbers.normal(12, TOKENS * COLUMNS), Numbers.extreme(13, TOKENS * COLUMNS)
            }) {
          float[] out = new float[TOKENS * ROWS];
          kernels.multiply(kernels.prepare(matrix), in, TOKENS, out, pool);
          ByteBuffer bits = ByteBuffer.allocate(Integer.BYTES * out.length);
          for (float value : out) {
            bits.putInt(Float.floatToIntBits(value)); // All numbers that are none are alike.
          }
          digest.update(bits.array());
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }
}
